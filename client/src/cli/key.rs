//! `samenloop key`: what is done with keys on one machine.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use samenloop_core::value::Epoch;

use super::arguments::{Common, Key};
use super::wrap::{self, ToWrap};
use super::{Ending, OrSay, Said, end, epoch, follow, status};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::key::{Contributed, Made, Wanted, contribute, make};
use crate::language::Language;

pub(super) async fn run(
    common: &Common,
    config: Config,
    clock: &SystemClock,
    command: &Key,
) -> Result<Ending, Said> {
    let language = common.language;
    let told = match command {
        Key::New { epoch, oin, exchange, origin } => {
            let wanted = Wanted {
                epoch: epoch.map(Epoch::new),
                oin: oin.clone(),
                founding: exchange.clone().zip(origin.clone()),
            };
            let made = make(&config, &wanted).or_say(language)?;
            if common.json { made_as_json(&config, &made) } else { made_in_words(&config, &made, language) }
        }
        Key::Wrap { draft, enrolments, epoch, dry } => {
            let to_wrap = ToWrap { draft, enrolments, epoch: epoch.map(Epoch::new), is_dry: dry.is_dry };
            return wrap::run(common, config, clock, &to_wrap).await;
        }
        Key::Destroy { draft: Some(draft), epoch, dry } => {
            return epoch::destroy(common, &config, clock, draft, Epoch::new(*epoch), dry.is_dry);
        }
        Key::Destroy { draft: None, epoch, dry } => {
            return end::run(common, config, clock, Epoch::new(*epoch), dry.is_dry).await;
        }
        Key::Draft(command) => return epoch::run(common, config, clock, command).await,
        Key::Install => return follow::install(common, config, clock).await,
        Key::Status => return status::run(common, config, clock).await,
        Key::Contribute { epoch } => {
            let contributed = contribute(&config, Epoch::new(*epoch)).or_say(language)?;
            if common.json {
                serde_json::json!({
                    "contribution": contributed.contribution, "commitment": contributed.commitment
                })
                .to_string()
            } else {
                contributed_in_words(&contributed, *epoch, language)
            }
        }
    };
    writeln!(io::stdout(), "{told}").map_err(|fault| Said::io(&fault, language))?;
    Ok(Ending::Done)
}

/// What is to be done with a file when copies are made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Copies {
    /// Losing it loses something that nobody can make again.
    Needed,
    /// Needed as well, and not where the copies of the keys are.
    Apart,
    /// A copy outlives the destruction of the key.
    Never,
}

struct Care {
    copies: Copies,
    path: PathBuf,
    dutch: &'static str,
    english: &'static str,
}

/// What to back up, and what never: of the files of this connection. The other keys are made anew when lost.
fn cares(config: &Config) -> Vec<Care> {
    let care = |copies, path: &Path, dutch, english| Care { copies, path: path.to_owned(), dutch, english };
    let mut cares = Vec::new();
    if let Some(files) = config.agency() {
        cares.push(care(
            Copies::Needed,
            files.reference_key(),
            "de referentiesleutel. Zonder hem kunt u uw eigen signalen niet meer vervangen of intrekken.",
            "the reference key. Without it you can no longer replace or withdraw your own signals.",
        ));
    }
    if let Some(files) = config.coordinator() {
        cares.push(care(
            Copies::Needed,
            files.details_key(),
            "de sleutel voor de verzegelde details. Zonder hem leest u de details van lopende samenlopen niet meer.",
            "the details key. Without it you can no longer read the details of open alerts.",
        ));
    }
    cares.push(care(
        Copies::Apart,
        config.secret(),
        "het machinegeheim of de wachtzin. Bewaar de kopie op een andere plek dan die van de sleutels: wie beide heeft, heeft alles.",
        "the machine secret or passphrase. Keep the copy elsewhere than those of the keys: whoever has both has everything.",
    ));
    if let Some(files) = config.agency() {
        cares.push(care(
            Copies::Never,
            files.epoch_keys(),
            "inpaksleutels en sleutels van sleutelperiodes. Sluit deze map uit van elke reservekopie: met een oude kopie is een vernietigde sleutelperiode weer leesbaar. Raakt u ze kwijt, dan pakken de sleutelbeheerders ze opnieuw voor u in.",
            "wrap keys and keys of epochs. Exclude this directory from every backup: an old copy makes a destroyed epoch readable again. When they are lost, the administrators wrap them for you again.",
        ));
    }
    if let Some(files) = config.administrator() {
        cares.push(care(
            Copies::Never,
            files.contributions(),
            "uw bijdragen. Sluit deze map uit van elke reservekopie: met een oude kopie is een vernietigde sleutelperiode niet echt weg. Raakt u er een kwijt, dan kondigen de sleutelbeheerders een nieuwe sleutelperiode aan.",
            "your contributions. Exclude this directory from every backup: an old copy keeps a destroyed epoch alive. When one is lost, the administrators announce a new epoch.",
        ));
    }
    cares
}

fn made_as_json(config: &Config, made: &Made) -> String {
    let cares = cares(config);
    let of = |copies| -> Vec<&PathBuf> {
        cares.iter().filter(|it| it.copies == copies).map(|it| &it.path).collect()
    };
    serde_json::json!({
        "made": made.made,
        "kept": made.kept,
        "enrolment": made.enrolment,
        "back_up": of(Copies::Needed),
        "back_up_apart": of(Copies::Apart),
        "never_back_up": of(Copies::Never),
    })
    .to_string()
}

fn made_in_words(config: &Config, made: &Made, language: Language) -> String {
    let mut text = String::new();
    let mut list = |heading: &str, paths: &[PathBuf]| {
        if !paths.is_empty() {
            text += &format!("{heading}\n");
            paths.iter().for_each(|path| text += &format!("  {}\n", path.display()));
        }
    };
    list(language.pick("Gemaakt:", "Made:"), &made.made);
    list(language.pick("Was er al, en blijft:", "Was there already, and stays:"), &made.kept);
    let enrolment = [made.enrolment.clone()];
    list(language.pick("Voor de sleutelbeheerders:", "For the administrators:"), &enrolment);
    text += language.pick("Reservekopie:", "Backup:");
    for Care { copies, path, dutch, english } in cares(config) {
        let whether = match copies {
            Copies::Needed => language.pick("wel", "yes"),
            Copies::Apart => language.pick("apart", "apart"),
            Copies::Never => language.pick("nooit", "never"),
        };
        text += &format!("\n  {whether:<6} {}: {}", path.display(), language.pick(dutch, english));
    }
    text
}

fn contributed_in_words(contributed: &Contributed, epoch: u32, language: Language) -> String {
    let Contributed { contribution, commitment } = contributed;
    let (contribution, commitment) = (contribution.display(), commitment.display());
    match language {
        Language::Nl => format!(
            "Uw bijdrage aan sleutelperiode {epoch} is getrokken en verzegeld bewaard: {contribution}\n\
             Geef dit bestand aan wie het manifest schrijft: {commitment}\n\
             Maak van de bijdrage geen reservekopie. Bewaar haar tot de sleutelperiode is vernietigd."
        ),
        Language::En => format!(
            "Your contribution to epoch {epoch} was drawn and is kept sealed: {contribution}\n\
             Give this file to whoever writes the manifest: {commitment}\n\
             Make no backup of the contribution. Keep it until the epoch is destroyed."
        ),
    }
}
