//! `samenloop contact list` and `answer`.

use super::alert::print;
use super::arguments::{AnswerWith, Common, Contact};
use super::{Ending, OrSay, Said};
use crate::alert::Answer;
use crate::contact::{json_of, requests, text_of};
use crate::hub::Hub;
use crate::membership::{Membership, MembershipFault};

pub(super) async fn run(common: &Common, membership: &Membership, command: &Contact) -> Result<Ending, Said> {
    let language = common.language;
    if !membership.is_agency() {
        return Err(MembershipFault::NoAgency(membership.config().connection().clone())).or_say(language);
    }
    let hub = Hub::new(membership).or_say(language)?;
    let (requests, known) = requests(membership, &hub).await.or_say(language)?;
    match command {
        Contact::List => {
            if common.json {
                print(&json_of(&requests, &known), language)
            } else {
                print(&text_of(&requests, &known, membership.manifest(), language), language)
            }
        }
        Contact::Answer { id, answer } => {
            let mut found = requests.iter().filter(|it| it.id.begins_with(id));
            let (Some(request), None) = (found.next(), found.next()) else {
                let sentence = language.pick(
                    "Er is geen, of meer dan één, contactverzoek dat zo begint. Kijk met: samenloop contact list",
                    "No contact request begins like this, or more than one. Look with: samenloop contact list",
                );
                return Err(Said(sentence.to_owned()));
            };
            let (answer, from) = meant(answer).wire();
            hub.answer_contact(request.id.bytes(), answer, from).await.or_say(language)?;
            let done = language.pick("Uw antwoord is aangekomen.", "Your answer has arrived.");
            print(if common.json { "{}" } else { done }, language)
        }
    }
}

const fn meant(answer: &AnswerWith) -> Answer {
    match answer {
        AnswerWith { not_available_until: Some(day), .. } => Answer::NotAvailableUntil(*day),
        AnswerWith { not_ours: true, .. } => Answer::NotOurs,
        AnswerWith { .. } => Answer::WillCall,
    }
}
