//! A desk as a process, and a visitor with an HTTP client of a few lines.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Stdio};
use std::time::Duration;

use crate::Exchange;

/// A running `samenloop desk`. Ends with it.
#[derive(Debug)]
pub struct Desk {
    process: Child,
    out: BufReader<ChildStdout>,
    log: PathBuf,
    told: String,
}

impl Desk {
    /// Opens the desk of a connection on a free port.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn open(exchange: &Exchange, connection: &str) -> Self {
        let log = exchange.scratch().join(format!("desk-{connection}.log"));
        let mut process = exchange
            .command(connection, &["desk", "--json"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&log).expect("a log"))
            .spawn()
            .expect("samenloop runs");
        let out = BufReader::new(process.stdout.take().expect("stdout"));
        Self { process, out, log, told: String::new() }
    }

    /// The next login link that it tells.
    ///
    /// # Panics
    /// When it ends instead.
    pub fn link(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).expect("a line");
        self.told += &line;
        let said: serde_json::Value = serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("{line} {}", std::fs::read_to_string(&self.log).unwrap_or_default()));
        said["login"].as_str().expect("a link").to_owned()
    }

    /// A visitor who followed the next login link.
    ///
    /// # Panics
    /// When it does not let them in.
    pub fn visitor(&mut self) -> Visitor {
        let mut visitor = Visitor::outside(&self.link());
        let entered = visitor.get(&visitor.login.clone());
        assert_eq!((entered.status, entered.header("location")), (303, Some("/")), "{}", entered.body);
        visitor
    }

    /// Everything that it told so far, links and log.
    ///
    /// # Panics
    /// When the log cannot be read.
    #[must_use]
    pub fn told(&self) -> String {
        format!("{}{}", self.told, std::fs::read_to_string(&self.log).expect("a log"))
    }

    /// Ends it as a power cut does to a process.
    pub fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What the desk answered.
#[derive(Debug, Clone)]
pub struct Page {
    /// The status.
    pub status: u16,
    /// Names, in small letters, and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Page {
    /// A header, if it is there.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    /// The hidden fields of the form that goes to a path.
    ///
    /// # Panics
    /// When there is no such form.
    #[must_use]
    pub fn hidden(&self, action: &str) -> Vec<(String, String)> {
        let start = format!("action=\"{action}\"");
        let form = self.body.split(&start).nth(1).unwrap_or_else(|| panic!("{action}: {}", self.body));
        let form = form.split("</form>").next().unwrap_or_default();
        let value = |input: &str, name: &str| {
            let value = input.split(&format!("{name}=\"")).nth(1)?.split('"').next()?;
            Some(value.to_owned())
        };
        let inputs = form.split("<input type=\"hidden\" ").skip(1);
        inputs.filter_map(|it| Some((value(it, "name")?, value(it, "value")?))).collect()
    }

    fn parse(answer: &[u8]) -> Self {
        let text = String::from_utf8(answer.to_vec()).expect("UTF-8");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        let mut lines = head.lines();
        let status = lines.next().and_then(|it| it.split(' ').nth(1)).and_then(|it| it.parse().ok());
        let headers = lines.filter_map(|it| it.split_once(": "));
        Self {
            status: status.expect("a status"),
            headers: headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect(),
            body: body.to_owned(),
        }
    }
}

/// Somebody with a browser that keeps one cookie, and remembers what it sent and saw.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// Address and port.
    pub host: String,
    /// The path of the login link.
    pub login: String,
    /// The cookie, as `name=value`.
    pub cookie: String,
    /// Every request line so far.
    pub asked: Vec<String>,
    /// Every body so far.
    pub seen: Vec<String>,
}

impl Visitor {
    /// Somebody who has the link and did not follow it yet.
    ///
    /// # Panics
    /// When it is no link to loopback.
    #[must_use]
    pub fn outside(link: &str) -> Self {
        let rest = link.strip_prefix("http://").expect("a link");
        let (host, path) = rest.split_once('/').expect("a path");
        assert!(host.starts_with("127.0.0.1:"), "{host}");
        let (host, login) = (host.to_owned(), format!("/{path}"));
        Self { host, login, cookie: String::new(), asked: Vec::new(), seen: Vec::new() }
    }

    /// Asks for a page.
    pub fn get(&mut self, path: &str) -> Page {
        self.ask("GET", path, &[], "")
    }

    /// Sends the form of a page to a path, with these fields besides the hidden ones.
    pub fn send(&mut self, page: &Page, path: &str, fields: &[(&str, &str)]) -> Page {
        let hidden = page.hidden(path);
        let hidden = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let body = encoded(hidden.chain(fields.iter().copied()));
        self.post(path, &body)
    }

    /// Posts a form as a browser does from a page of the desk.
    pub fn post(&mut self, path: &str, body: &str) -> Page {
        let origin = format!("http://{}", self.host);
        let kind = "application/x-www-form-urlencoded";
        self.ask("POST", path, &[("Origin", &origin), ("Content-Type", kind)], body)
    }

    /// Sends a request with the cookie, if there is one, and a host unless one is given.
    ///
    /// # Panics
    /// When nothing answers.
    pub fn ask(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Page {
        let mut request = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        if !headers.iter().any(|(name, _)| *name == "Host") {
            request += &format!("Host: {}\r\n", self.host);
        }
        if !self.cookie.is_empty() {
            request += &format!("Cookie: {}\r\n", self.cookie);
        }
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        request += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
        let mut stream = TcpStream::connect(&self.host).expect("the desk listens");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
        // What is too long may be refused before it was read.
        let _ = stream.write_all(request.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let page = Page::parse(&answer);
        if let Some(cookie) = page.header("set-cookie") {
            self.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        }
        self.asked.push(format!("{method} {path}"));
        self.seen.push(page.body.clone());
        page
    }
}

/// Fields as a browser writes them.
#[must_use]
pub fn encoded<'f>(fields: impl Iterator<Item = (&'f str, &'f str)>) -> String {
    let escaped = |text: &str| {
        text.bytes().fold(String::new(), |text, byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                text + &char::from(byte).to_string()
            }
            b' ' => text + "+",
            other => format!("{text}%{other:02X}"),
        })
    };
    let pairs: Vec<_> = fields.map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
    pairs.join("&")
}
