//! Figures of quarters that are over.

use samenloop_proto::v1;
use samenloop_proto::v1::figure_service_client::FigureServiceClient;

use super::{Hub, HubFault, MAX_MESSAGE_LEN};

impl Hub {
    /// The figures of a quarter, counted from the first of 2000. Privacy officers and coordinators only.
    ///
    /// # Errors
    /// [`HubFault`].
    pub async fn figures(&self, quarter: u16) -> Result<v1::FetchFiguresResponse, HubFault> {
        let request = v1::FetchFiguresRequest { manifest: Some(self.named.clone()), quarter: quarter.into() };
        let mut client =
            FigureServiceClient::new(self.channel.clone()).max_decoding_message_size(MAX_MESSAGE_LEN);
        self.answered(client.fetch_figures(request)).await
    }
}
