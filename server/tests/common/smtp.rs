//! A mail server for tests: submission with STARTTLS, and ways to fail at it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// How it behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Mood {
    Well,
    /// Every connection is closed at once.
    Down,
    /// It takes a connection, and never says a word.
    Silent,
    /// It knows no STARTTLS.
    Clear,
    /// It takes no recipient today, and names it in its answer.
    Full,
}

/// A mail as it was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    pub to: String,
    pub data: String,
}

#[derive(Default)]
struct Seen {
    mood: AtomicU8,
    mails: Mutex<Vec<Mail>>,
    in_clear: Mutex<Vec<String>>,
    credentials: Mutex<Vec<String>>,
}

pub struct SmtpServer {
    pub address: SocketAddr,
    seen: Arc<Seen>,
}

impl SmtpServer {
    pub async fn start(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Self {
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&tokio_rustls::rustls::version::TLS13])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        let tls = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, seen) = (listener.local_addr().unwrap(), Arc::<Seen>::default());
        let kept = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, tls.clone(), Arc::clone(&kept)));
            }
        });
        Self { address, seen }
    }

    pub fn be(&self, mood: Mood) {
        self.seen.mood.store(mood as u8, Ordering::SeqCst);
    }

    pub fn mails(&self) -> Vec<Mail> {
        self.seen.mails.lock().unwrap().clone()
    }

    /// Everything that was said without TLS.
    pub fn in_clear(&self) -> Vec<String> {
        self.seen.in_clear.lock().unwrap().clone()
    }

    /// What was said to be let in.
    pub fn credentials(&self) -> Vec<String> {
        self.seen.credentials.lock().unwrap().clone()
    }
}

async fn serve(stream: TcpStream, tls: TlsAcceptor, seen: Arc<Seen>) -> Option<()> {
    let is = |mood: Mood| seen.mood.load(Ordering::SeqCst) == mood as u8;
    if is(Mood::Down) {
        return None;
    }
    let mut plain = BufReader::new(stream);
    if is(Mood::Silent) {
        tokio::time::sleep(std::time::Duration::from_secs(600)).await;
    }
    say(&mut plain, "220 mail.example ESMTP").await?;
    loop {
        let line = hear(&mut plain).await?;
        seen.in_clear.lock().unwrap().push(line.clone());
        match line.split_whitespace().next()? {
            "EHLO" if is(Mood::Clear) => say(&mut plain, "250-mail.example\r\n250 AUTH PLAIN LOGIN").await?,
            "EHLO" => say(&mut plain, "250-mail.example\r\n250 STARTTLS").await?,
            "STARTTLS" => break,
            "QUIT" => return say(&mut plain, "221 bye").await,
            _ => say(&mut plain, "250 ok").await?,
        }
    }
    say(&mut plain, "220 go on").await?;
    let mut stream = BufReader::new(tls.accept(plain.into_inner()).await.ok()?);
    let mut to = String::new();
    loop {
        let line = hear(&mut stream).await?;
        match line.split_whitespace().next()? {
            "EHLO" => say(&mut stream, "250-mail.example\r\n250 AUTH PLAIN LOGIN").await?,
            "AUTH" => {
                seen.credentials.lock().unwrap().push(line);
                say(&mut stream, "235 welcome").await?;
            }
            "RCPT" if is(Mood::Full) => say(&mut stream, &format!("452 no room: {line}")).await?,
            "RCPT" => {
                to = line.trim_start_matches("RCPT TO:<").trim_end_matches('>').to_owned();
                say(&mut stream, "250 ok").await?;
            }
            "DATA" => {
                say(&mut stream, "354 go on").await?;
                let mut data = String::new();
                loop {
                    let line = hear(&mut stream).await?;
                    if line == "." {
                        break;
                    }
                    data += &(line + "\r\n");
                }
                seen.mails.lock().unwrap().push(Mail { to: to.clone(), data });
                say(&mut stream, "250 taken").await?;
            }
            "QUIT" => return say(&mut stream, "221 bye").await,
            _ => say(&mut stream, "250 ok").await?,
        }
    }
}

async fn say<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufReader<S>, line: &str) -> Option<()> {
    stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).await.ok()?;
    stream.get_mut().flush().await.ok()
}

async fn hear<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> Option<String> {
    let mut line = String::new();
    let length = stream.read_line(&mut line).await.ok()?;
    (length > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned())
}
