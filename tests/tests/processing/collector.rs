//! A collector of OTLP over HTTP that keeps what it takes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value;

/// What it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Well,
    /// 503, as one that cannot forward.
    Refuses,
    /// 200, and one span was dropped.
    TakesInPart,
}

/// Serves until the test ends.
pub struct Collector {
    pub address: SocketAddr,
    mood: Arc<Mutex<Mood>>,
    taken: Arc<Mutex<Vec<Value>>>,
}

impl Collector {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (mood, taken) = (Arc::new(Mutex::new(Mood::Well)), Arc::new(Mutex::new(Vec::new())));
        let (told, kept) = (Arc::clone(&mood), Arc::clone(&taken));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mood = *told.lock().unwrap();
                let spans = answer(&stream.unwrap(), mood);
                if mood == Mood::Well {
                    kept.lock().unwrap().extend(spans);
                }
            }
        });
        Self { address, mood, taken }
    }

    pub fn be(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// The spans it took, as they came.
    pub fn taken(&self) -> Vec<Value> {
        self.taken.lock().unwrap().clone()
    }
}

/// Reads one request, answers it, and says its spans.
fn answer(mut stream: &TcpStream, mood: Mood) -> Vec<Value> {
    let mut reader = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end() {
            "" => break,
            line => head.push(line.to_lowercase()),
        }
    }
    assert_eq!(head[0], "post /v1/traces http/1.1");
    assert!(head.contains(&"content-type: application/json".to_owned()), "{head:?}");
    let length = head.iter().find_map(|it| it.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    let (status, answer) = match mood {
        Mood::Well => ("200 OK", "{}"),
        Mood::Refuses => ("503 Service Unavailable", ""),
        Mood::TakesInPart => ("200 OK", r#"{"partialSuccess":{"rejectedSpans":"1"}}"#),
    };
    let length = answer.len();
    write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{answer}")
        .unwrap();
    let request: Value = serde_json::from_slice(&body).unwrap();
    request["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap().clone()
}
