//! Who may come in: one login link, and of it one session at a time.
//!
//! Knows nothing of HTTP but the text of a cookie. A session ends with the program, when its visitor leaves, or after
//! idle time; what it held is wiped then, and a new link stands ready.

use std::time::{Duration, Instant};

use super::draft::{Draft, Drafts};
use super::token::{NoRandom, Token};
use crate::hex::hex;
use crate::language::Language;

/// What a page needs to know of its visitor.
#[derive(Clone)]
pub(super) struct Visitor {
    pub(super) language: Language,
    /// What every form of this session carries; a page of another origin cannot read it.
    pub(super) proof: String,
}

struct Session {
    cookie: Token,
    proof: Token,
    language: Language,
    drafts: Drafts,
    seen: Instant,
}

/// The only way in.
pub(super) struct Gate {
    /// Cookies do not know ports: two desks on one machine keep apart by name.
    cookie_name: String,
    /// `None` once it was used.
    link: Option<Token>,
    session: Option<Session>,
    idle: Duration,
    /// In which language a session begins.
    language: Language,
}

impl Gate {
    /// A gate with a fresh link, whose sessions end after `idle` without a request.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub(super) fn new(language: Language, idle: Duration) -> Result<Self, NoRandom> {
        let mut name = [0; 8];
        getrandom::fill(&mut name).map_err(|_| NoRandom)?;
        let cookie_name = format!("samenloop-{}", hex(&name));
        Ok(Self { cookie_name, link: Some(Token::draw()?), session: None, idle, language })
    }

    /// The token of the link that was not used yet.
    pub(super) fn link(&self) -> Option<&str> {
        self.link.as_ref().map(Token::text)
    }

    /// The language in which whoever is outside is spoken to.
    pub(super) const fn language(&self) -> Language {
        self.language
    }

    /// Takes the login link, once; gives the cookie of the new session, as `name=value`.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub(super) fn enter(&mut self, token: &str, now: Instant) -> Result<Option<String>, NoRandom> {
        if !self.link.as_ref().is_some_and(|link| link.is(token)) {
            return Ok(None);
        }
        let (cookie, proof) = (Token::draw()?, Token::draw()?);
        let given = format!("{}={}", self.cookie_name, cookie.text());
        self.link = None;
        let (language, drafts) = (self.language, Drafts::default());
        self.session = Some(Session { cookie, proof, language, drafts, seen: now });
        Ok(Some(given))
    }

    /// The visitor whose cookies these are; the idle time starts anew.
    pub(super) fn visitor<'c>(
        &mut self,
        mut cookies: impl Iterator<Item = &'c str>,
        now: Instant,
    ) -> Option<Visitor> {
        let (name, idle) = (&self.cookie_name, self.idle);
        let session = self.session.as_mut().filter(|it| now.duration_since(it.seen) < idle)?;
        let is_own = |pair: &str| {
            pair.trim().split_once('=').is_some_and(|(key, value)| key == name && session.cookie.is(value))
        };
        if !cookies.any(|header| header.split(';').any(is_own)) {
            return None;
        }
        session.seen = now;
        Some(Visitor { language: session.language, proof: session.proof.text().to_owned() })
    }

    /// Whether a form carries the proof of this session.
    pub(super) fn is_proof(&self, text: &str) -> bool {
        self.session.as_ref().is_some_and(|it| it.proof.is(text))
    }

    /// Speaks another language from now on.
    pub(super) fn speak(&mut self, language: Language) {
        if let Some(session) = &mut self.session {
            session.language = language;
        }
    }

    /// Keeps a draft; gives the number under which it can be taken once. Without a session nothing is kept.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub(super) fn keep(&mut self, draft: Draft) -> Result<String, NoRandom> {
        self.session.as_mut().map_or_else(|| Ok(String::new()), |it| it.drafts.keep(draft))
    }

    /// Takes a draft; `None` for a number that was used, or never given.
    pub(super) fn take(&mut self, number: &str) -> Option<Draft> {
        self.session.as_mut()?.drafts.take(number)
    }

    /// Ends the session, and makes a link for the next.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub(super) fn leave(&mut self) -> Result<(), NoRandom> {
        self.session = None;
        self.link = Some(Token::draw()?);
        Ok(())
    }

    /// Ends the session if it is idle for too long; says whether it did.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub(super) fn expire(&mut self, now: Instant) -> Result<bool, NoRandom> {
        let is_idle = self.session.as_ref().is_some_and(|it| now.duration_since(it.seen) >= self.idle);
        if is_idle {
            self.leave()?;
        }
        Ok(is_idle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Duration = Duration::from_secs(60);

    fn entered(now: Instant) -> (Gate, String) {
        let mut gate = Gate::new(Language::Nl, IDLE).unwrap();
        let token = gate.link().unwrap().to_owned();
        let cookie = gate.enter(&token, now).unwrap().unwrap();
        (gate, cookie)
    }

    fn is_in(gate: &mut Gate, cookie: &str, now: Instant) -> bool {
        gate.visitor([cookie].into_iter(), now).is_some()
    }

    #[test]
    fn a_link_lets_one_visitor_in_once() {
        let now = Instant::now();
        let mut gate = Gate::new(Language::Nl, IDLE).unwrap();
        let token = gate.link().unwrap().to_owned();
        assert!(gate.enter(&token[1..], now).unwrap().is_none());
        assert!(gate.enter(&token, now).unwrap().is_some());
        assert!(gate.enter(&token, now).unwrap().is_none());
        assert!(gate.link().is_none());
    }

    #[test]
    fn a_session_is_known_by_its_whole_cookie_among_others() {
        let now = Instant::now();
        let (mut gate, cookie) = entered(now);
        assert!(is_in(&mut gate, &format!("a=b; {cookie}; c=d"), now));
        assert!(gate.visitor(["a=b", &cookie].into_iter(), now).is_some());
        let (name, value) = cookie.split_once('=').unwrap();
        for other in ["", "a=b", name, &format!("{name}="), &format!("x={value}"), &cookie[..80]] {
            assert!(!is_in(&mut gate, other, now), "{other}");
        }
        let (other, _) = entered(now);
        assert_ne!(other.cookie_name, gate.cookie_name);
    }

    #[test]
    fn an_idle_session_ends_and_a_new_link_stands_ready() {
        let begun = Instant::now();
        let (mut gate, cookie) = entered(begun);
        let later = begun + IDLE - Duration::from_secs(1);
        assert!(is_in(&mut gate, &cookie, later));
        assert!(!gate.expire(begun + IDLE).unwrap(), "a request starts the time anew");
        assert!(!is_in(&mut gate, &cookie, later + IDLE), "also before it was swept");
        let number = gate.keep(Draft::empty()).unwrap();
        assert!(gate.expire(later + IDLE).unwrap());
        assert!(!is_in(&mut gate, &cookie, later + IDLE));
        assert!(gate.take(&number).is_none() && gate.link().is_some());
        assert!(!gate.expire(later + IDLE * 2).unwrap(), "once");
    }

    #[test]
    fn the_proof_of_a_form_is_of_its_session_alone() {
        let now = Instant::now();
        let (mut gate, cookie) = entered(now);
        let proof = gate.visitor([&*cookie].into_iter(), now).unwrap().proof;
        assert!(gate.is_proof(&proof) && !gate.is_proof("") && !gate.is_proof(&proof[1..]));
        gate.leave().unwrap();
        assert!(!gate.is_proof(&proof));
    }
}
