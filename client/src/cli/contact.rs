//! `samenloop contact list` and `answer`.

use std::collections::HashSet;

use samenloop_core::value::SignalReference;
use samenloop_proto::v1;

use super::alert::print;
use super::arguments::{AnswerWith, Common, Contact};
use super::{Ending, OrSay, Said};
use crate::contact::{Request, json_of, text_of};
use crate::hub::Hub;
use crate::journal;
use crate::membership::{Membership, MembershipFault};

pub(super) async fn run(common: &Common, membership: &Membership, command: &Contact) -> Result<Ending, Said> {
    let language = common.language;
    let config = membership.config();
    if !membership.is_agency() {
        return Err(MembershipFault::NoAgency(config.connection().clone())).or_say(language);
    }
    let hub = Hub::new(membership).or_say(language)?;
    let requests = hub.contact_requests().await.or_say(language)?;
    let requests: Result<Vec<_>, _> = requests.iter().map(Request::parse).collect();
    let requests = requests.or_say(language)?;
    match command {
        Contact::List => {
            let named: HashSet<SignalReference> =
                requests.iter().flat_map(|it| it.references.iter().copied()).collect();
            let known = journal::entries_of(config.journal(), &named).or_say(language)?;
            if common.json {
                print(&json_of(&requests, &known), language)
            } else {
                print(&text_of(&requests, &known, membership.manifest(), language), language)
            }
        }
        Contact::Answer { id, answer } => {
            let id = id.trim().to_ascii_lowercase();
            let mut found = requests.iter().filter(|it| !id.is_empty() && it.id.starts_with(&id));
            let (Some(request), None) = (found.next(), found.next()) else {
                let sentence = language.pick(
                    "Er is geen, of meer dan één, contactverzoek dat zo begint. Kijk met: samenloop contact list",
                    "No contact request begins like this, or more than one. Look with: samenloop contact list",
                );
                return Err(Said(sentence.to_owned()));
            };
            let (answer, from) = wire(answer);
            hub.answer_contact(&request.number(), answer, from).await.or_say(language)?;
            let done = language.pick("Uw antwoord is aangekomen.", "Your answer has arrived.");
            print(if common.json { "{}" } else { done }, language)
        }
    }
}

fn wire(answer: &AnswerWith) -> (v1::ContactAnswer, String) {
    match answer {
        AnswerWith { not_available_until: Some(day), .. } => {
            (v1::ContactAnswer::NotAvailableUntil, day.to_string())
        }
        AnswerWith { not_ours: true, .. } => (v1::ContactAnswer::NotOurs, String::new()),
        AnswerWith { .. } => (v1::ContactAnswer::WillCall, String::new()),
    }
}
