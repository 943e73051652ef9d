//! Submission of a mail to the operator's own mail server (RFC 6409): seven commands, in one order.
//!
//! In clear it says EHLO, STARTTLS and QUIT, and nothing else (RFC 3207); a server that offers no STARTTLS gets neither
//! the password nor the mail. Nothing that a server says goes further than its code.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::ServerName;
use samenloop_core::value::{Mailbox, is_dns_name};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use zeroize::Zeroizing;

use super::{OutgoingFault, Undelivered};
use crate::config::MailConfig;
use crate::{key_file, tls};

/// Time for a whole mail.
const PATIENCE: Duration = Duration::from_secs(30);

/// Bytes of one line of an answer, and lines of one answer, at most.
const LINE: u64 = 1024;
const LINES: usize = 64;

/// A mail server, and who the hub is to it.
pub(super) struct Submission {
    server: String,
    port: u16,
    name: ServerName<'static>,
    tls: TlsConnector,
    /// `AUTH PLAIN` with its initial response (RFC 4616).
    login: Zeroizing<String>,
}

impl Submission {
    pub(super) fn open(config: &MailConfig) -> Result<Self, OutgoingFault> {
        let name = ServerName::try_from(config.server.clone()).map_err(|_| OutgoingFault::Server)?;
        if !is_dns_name(&config.server) {
            return Err(OutgoingFault::Server);
        }
        let (user, password) = key_file::credentials(&config.credentials)?;
        let plain = Zeroizing::new(format!("\0{user}\0{}", *password));
        let coded = Zeroizing::new(STANDARD.encode(&*plain));
        let login = Zeroizing::new(format!("AUTH PLAIN {}", *coded));
        let tls = tls::connector(&config.ca)?;
        Ok(Self { server: config.server.clone(), port: config.port, name, tls, login })
    }

    /// Hands a mail over. Its lines end in CRLF, and none begins with a dot.
    pub(super) async fn submit(&self, from: &Mailbox, to: &Mailbox, mail: &str) -> Result<(), Undelivered> {
        tokio::time::timeout(PATIENCE, self.talk(from, to, mail)).await.unwrap_or(Err(Undelivered::TooLate))
    }

    async fn talk(&self, from: &Mailbox, to: &Mailbox, mail: &str) -> Result<(), Undelivered> {
        let (from, to) = (from.as_str(), to.as_str());
        // As whom it greets: the host that answers for its mail.
        let greeting = format!("EHLO {}", from.split_once('@').map_or(from, |(_, domain)| domain));
        let stream = TcpStream::connect((self.server.as_str(), self.port)).await;
        let mut clear = Talk(BufReader::new(stream.map_err(|_| Undelivered::NoConnection)?));
        clear.answer(220).await?;
        if !clear.ask(&greeting, 250).await?.iter().any(|it| it == "STARTTLS") {
            let _ = clear.say("QUIT").await;
            return Err(Undelivered::NoStartTls);
        }
        clear.ask("STARTTLS", 220).await?;
        let stream = clear.into_silent()?;
        let stream = self.tls.connect(self.name.clone(), stream).await.map_err(|_| Undelivered::Tls)?;
        let mut talk = Talk(BufReader::new(stream));
        let offers = talk.ask(&greeting, 250).await?;
        let takes_plain = |it: &String| it.starts_with("AUTH ") && it.split(' ').any(|it| it == "PLAIN");
        if !offers.iter().any(takes_plain) {
            let _ = talk.say("QUIT").await;
            return Err(Undelivered::NoLogin);
        }
        talk.ask(&self.login, 235).await?;
        talk.ask(&format!("MAIL FROM:<{from}>"), 250).await?;
        talk.ask(&format!("RCPT TO:<{to}>"), 250).await?;
        talk.ask("DATA", 354).await?;
        talk.ask(&format!("{mail}."), 250).await?;
        // The server has the mail; whether it hears this is its own business.
        let _ = talk.say("QUIT").await;
        Ok(())
    }
}

/// One side of a conversation in lines.
struct Talk<S>(BufReader<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> Talk<S> {
    /// Says a line, and takes the answer with the code that is wanted.
    async fn ask(&mut self, line: &str, wanted: u16) -> Result<Vec<String>, Undelivered> {
        self.say(line).await?;
        self.answer(wanted).await
    }

    async fn say(&mut self, line: &str) -> Result<(), Undelivered> {
        let line = Zeroizing::new(format!("{line}\r\n"));
        let stream = self.0.get_mut();
        stream.write_all(line.as_bytes()).await.map_err(|_| Undelivered::NoConnection)?;
        stream.flush().await.map_err(|_| Undelivered::NoConnection)
    }

    /// The texts of an answer, without its code, in capitals.
    async fn answer(&mut self, wanted: u16) -> Result<Vec<String>, Undelivered> {
        let mut texts = Vec::new();
        while texts.len() < LINES {
            let mut line = String::new();
            let read = (&mut self.0).take(LINE).read_line(&mut line).await;
            let line = match read {
                Ok(_) => line.strip_suffix('\n').ok_or(Undelivered::NoAnswer)?.trim_end().to_uppercase(),
                Err(_) => return Err(Undelivered::NoConnection),
            };
            let (code, rest) = line.split_at_checked(3).ok_or(Undelivered::NoAnswer)?;
            let code: u16 = code.parse().map_err(|_| Undelivered::NoAnswer)?;
            if code != wanted {
                return Err(Undelivered::Refused(code));
            }
            let goes_on = rest.starts_with('-');
            texts.push(rest.get(1..).unwrap_or_default().to_owned());
            if !goes_on {
                return Ok(texts);
            }
        }
        Err(Undelivered::NoAnswer)
    }

    /// The stream below, if nothing of it was read ahead: what somebody put behind the answer to STARTTLS in clear would
    /// else be taken for an answer in TLS (CVE-2011-0411).
    fn into_silent(self) -> Result<S, Undelivered> {
        if self.0.buffer().is_empty() { Ok(self.0.into_inner()) } else { Err(Undelivered::NoAnswer) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A conversation in which the other side has said this, and nothing more.
    async fn heard(said: &str) -> Talk<tokio::io::DuplexStream> {
        let (mut server, client) = tokio::io::duplex(1 << 20);
        server.write_all(said.as_bytes()).await.unwrap();
        Talk(BufReader::new(client))
    }

    #[tokio::test]
    async fn what_came_in_clear_behind_the_answer_to_starttls_is_no_answer_in_tls() {
        let mut talk = heard("220 go\r\n").await;
        talk.answer(220).await.unwrap();
        assert!(talk.into_silent().is_ok());
        let mut talk = heard("220 go\r\n250 injected\r\n").await;
        talk.answer(220).await.unwrap();
        assert_eq!(talk.into_silent().err(), Some(Undelivered::NoAnswer));
    }

    #[tokio::test]
    async fn an_answer_ends() {
        let lines = |lines: usize| format!("{}250 end\r\n", "250-more\r\n".repeat(lines));
        assert_eq!(heard(&lines(LINES - 1)).await.answer(250).await.map(|it| it.len()), Ok(LINES));
        assert_eq!(heard(&lines(LINES)).await.answer(250).await, Err(Undelivered::NoAnswer));
        let long = format!("250 {}\r\n", "x".repeat(2048));
        assert_eq!(heard(&long).await.answer(250).await, Err(Undelivered::NoAnswer));
        assert_eq!(heard("550 no\r\n").await.answer(250).await, Err(Undelivered::Refused(550)));
    }
}
