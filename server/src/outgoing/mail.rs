//! Mail that says that something waits, and nothing else.

use samenloop_core::alert::Notice;
use samenloop_core::manifest::Role;
use samenloop_core::value::Mailbox;

use super::smtp::Submission;
use super::{OutgoingFault, Undelivered};
use crate::clock;
use crate::config::MailConfig;

/// What a mail says: one sentence for each sort of recipient, whatever it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Message {
    /// To a coordinator.
    Alert,
    /// To an agency.
    Contact,
    /// To an agency that sent what was erased or rests, or was asked about it.
    Changed,
    /// To a contact point or a privacy officer.
    Rights,
}

impl Message {
    /// What is said by a notice to whoever has a role; the others are told nothing.
    pub(super) const fn of(notice: &Notice, role: Role) -> Option<Self> {
        match (role, notice) {
            (Role::Coordinator, _) => Some(Self::Alert),
            (Role::Agency(_), Notice::Rights { .. }) => Some(Self::Changed),
            (Role::Agency(_), _) => Some(Self::Contact),
            (Role::ContactPoint | Role::PrivacyOfficer, _) => Some(Self::Rights),
            (Role::Administrator, _) => None,
        }
    }

    const fn sentence(self) -> &'static str {
        match self {
            Self::Alert => "Er staat een samenloop voor u klaar. Open samenloop.",
            Self::Contact => "Er staat een contactverzoek voor u klaar. Open samenloop.",
            Self::Changed => "Er is iets veranderd in uw signalen of contactverzoeken. Open samenloop.",
            Self::Rights => "Er staat een verzoek over rechten voor u klaar. Open samenloop.",
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

/// The operator's own mail server, and the mailbox that mail is from.
pub(super) struct MailServer {
    submission: Submission,
    from: Mailbox,
}

impl MailServer {
    pub(super) fn open(config: &MailConfig) -> Result<Self, OutgoingFault> {
        Ok(Self { from: Mailbox::parse(&config.from)?, submission: Submission::open(config)? })
    }

    /// Hands a mail over to the server, dated at a second.
    pub(super) async fn send(&self, to: &Mailbox, message: Message, at: u64) -> Result<(), Undelivered> {
        self.submission.submit(&self.from, to, &message.written(&self.from, to, at)).await
    }
}

#[cfg(test)]
mod tests {
    use samenloop_core::alert::AlertId;

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

    /// V-32: an agency that hears of an erasure is not told that a contact request waits.
    #[test]
    fn a_mail_says_what_waits_for_whom_it_is_to() {
        let to = samenloop_core::value::ConnectionId::parse("school-west").unwrap();
        let (rights, mail) =
            (Notice::Rights { to: to.clone() }, Notice::Mail { to, alert: AlertId::new([7; 16]) });
        let agency = Role::Agency(samenloop_core::value::Domain::Onderwijs);
        assert_eq!(Message::of(&rights, agency), Some(Message::Changed));
        assert_eq!(Message::of(&mail, agency), Some(Message::Contact));
        assert_eq!(Message::of(&rights, Role::Coordinator), Some(Message::Alert));
        assert_eq!(Message::of(&rights, Role::ContactPoint), Some(Message::Rights));
        assert_eq!(Message::of(&rights, Role::Administrator), None);
    }
}
