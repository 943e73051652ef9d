//! Mail that says that something waits, and nothing else.

use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use samenloop_core::manifest::Role;
use samenloop_core::value::{Mailbox, is_dns_name};

use super::{OutgoingFault, Undelivered};
use crate::config::MailConfig;
use crate::{clock, key_file, tls};

/// Time for one answer of the mail server, and for a whole mail.
const ANSWER: Duration = Duration::from_secs(10);
const WHOLE: Duration = Duration::from_secs(30);

/// What a mail says: one of two sentences, whatever the alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Message {
    /// To a coordinator.
    Alert,
    /// To an agency.
    Contact,
}

impl Message {
    /// What is said to whoever has a role; the others are told nothing.
    pub(super) const fn to(role: Role) -> Option<Self> {
        match role {
            Role::Coordinator => Some(Self::Alert),
            Role::Agency(_) => Some(Self::Contact),
            Role::ContactPoint | Role::PrivacyOfficer | Role::Administrator => None,
        }
    }

    const fn sentence(self) -> &'static str {
        match self {
            Self::Alert => "Er staat een samenloop voor u klaar. Open samenloop.",
            Self::Contact => "Er staat een contactverzoek voor u klaar. Open samenloop.",
        }
    }

    /// The mail, whole. It has no Message-ID, which a submission server adds (RFC 6409 section 8.3), so that two
    /// mails of one tick to one mailbox are the same bytes. Nobody answers it (RFC 3834).
    fn written(self, from: &Mailbox, to: &Mailbox, at: u64) -> String {
        let (from, to, date) = (from.as_str(), to.as_str(), clock::rfc2822(at));
        format!(
            "From: Samenloop <{from}>\r\nTo: <{to}>\r\nSubject: Samenloop\r\nDate: {date}\r\n\
             Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n\
             Content-Type: text/plain; charset=us-ascii\r\nContent-Language: nl\r\n\r\n{}\r\n",
            self.sentence()
        )
    }
}

/// The operator's own mail server, by submission with STARTTLS (RFC 6409, RFC 3207).
pub(super) struct MailServer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl MailServer {
    pub(super) fn open(config: &MailConfig) -> Result<Self, OutgoingFault> {
        let mail = |what: &str| OutgoingFault::Mail(what.to_owned());
        if !is_dns_name(&config.server) {
            return Err(mail("server is a DNS name in lower case"));
        }
        let from = Mailbox::parse(&config.from)?;
        let mut parameters =
            TlsParameters::builder(config.server.clone()).certificate_store(CertificateStore::None);
        for certificate in tls::certificates(&config.ca)? {
            let root = Certificate::from_der(certificate.to_vec());
            parameters = parameters.add_root_certificate(root.map_err(|_| mail("ca holds no certificate"))?);
        }
        let parameters = parameters.build_rustls().map_err(|_| mail("TLS cannot be set up"))?;
        let (name, password) = key_file::credentials(&config.credentials)?;
        let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&config.server)
            .port(config.port)
            // Nothing is said in clear but EHLO and STARTTLS.
            .tls(Tls::Required(parameters))
            .credentials(Credentials::new(name, password.to_string()))
            .authentication(vec![Mechanism::Plain, Mechanism::Login])
            .hello_name(ClientId::Domain("samenloop.invalid".to_owned()))
            .timeout(Some(ANSWER))
            .build();
        Ok(Self { transport, from })
    }

    /// Hands a mail over to the server, dated at a second.
    pub(super) async fn send(&self, to: &Mailbox, message: Message, at: u64) -> Result<(), Undelivered> {
        let address = |it: &Mailbox| it.as_str().parse::<Address>().map_err(|_| Undelivered::NoAnswer);
        let envelope = Envelope::new(Some(address(&self.from)?), vec![address(to)?]);
        let envelope = envelope.map_err(|_| Undelivered::NoAnswer)?;
        let written = message.written(&self.from, to, at);
        match tokio::time::timeout(WHOLE, self.transport.send_raw(&envelope, written.as_bytes())).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(fault)) => Err(undelivered(&fault)),
            Err(_) => Err(Undelivered::TooLate),
        }
    }
}

/// What the server said may hold an address, and is not repeated.
fn undelivered(fault: &lettre::transport::smtp::Error) -> Undelivered {
    match fault.status() {
        Some(code) => Undelivered::Refused(code.into()),
        None if fault.is_timeout() => Undelivered::TooLate,
        None if fault.is_tls() => Undelivered::Tls,
        None if fault.is_client() => Undelivered::NoStartTls,
        None => Undelivered::NoConnection,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_says_that_something_waits_and_nothing_else() {
        let mailbox = |name: &str| Mailbox::parse(&format!("{name}@voorbeeld.example")).unwrap();
        let written = Message::Alert.written(&mailbox("hub"), &mailbox("zorg"), 1_795_345_200);
        assert_eq!(
            written,
            "From: Samenloop <hub@voorbeeld.example>\r\nTo: <zorg@voorbeeld.example>\r\nSubject: Samenloop\r\n\
             Date: Sun, 22 Nov 2026 12:00:00 +0100\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n\
             Content-Type: text/plain; charset=us-ascii\r\nContent-Language: nl\r\n\r\n\
             Er staat een samenloop voor u klaar. Open samenloop.\r\n"
        );
        let contact = Message::Contact.written(&mailbox("hub"), &mailbox("zorg"), 1_795_345_200);
        assert_eq!(contact.replace("contactverzoek", "samenloop"), written);
        assert!(contact.is_ascii());
    }
}
