//! The TOML files of a kit: root, manifest, and one configuration for the hub and for each connection.

use jiff::civil::Date;
use samenloop_manifest::taxonomy_hash;

use crate::calendar::in_days;
use crate::directory::{hex, secret_of};
use crate::parties::{
    EXCHANGE, NATIONAL_FALLBACK, ORGANISATIONS, ORIGIN, Party, REGIONS, Role, SERVER_NAME, oin,
};

/// The manifest's own limit on its age (P-22).
const MANIFEST_DAYS: i32 = 35;

/// What the keys of one connection say of it in public.
pub(crate) struct PublicKeys {
    pub(crate) party: &'static Party,
    pub(crate) certificate_key: [u8; 32],
    pub(crate) details_key: Option<[u8; 32]>,
}

/// What an epoch is made of, in public.
pub(crate) struct Commitment {
    pub(crate) administrator: &'static str,
    pub(crate) commitment: [u8; 32],
}

/// The root: `vkeys` by administrator, and how many of them sign (k) and contribute (m).
pub(crate) fn root(vkeys: &[(&str, String)], signatures: usize, contributions: u8) -> String {
    let mut toml = format!(
        "# Who may sign manifests. THROW-AWAY KIT: nobody guards these keys, and additions act at once.\n\
         origin = \"{ORIGIN}\"\nexchange = \"{EXCHANGE}\"\nsequence = 1\nk = {signatures}\nn = {}\n\
         m = {contributions}\n\
         delay_of_additions_hours = 0\n",
        vkeys.len(),
    );
    for (id, vkey) in vkeys {
        let oin = oin(id);
        toml +=
            &format!("\n[[administrators]]\nid = \"{id}\"\nvkey = \"{vkey}\"\norganisation = \"{oin}\"\n");
    }
    toml
}

/// The manifest, before it is signed.
pub(crate) fn manifest(
    root_hash: &[u8; 32],
    [receipt_key, log_key]: &[[u8; 32]; 2],
    commitments: &[Commitment],
    keys: &[PublicKeys],
    today: Date,
) -> String {
    let mut toml = format!(
        "# Who takes part. THROW-AWAY KIT: every party, number and key here is made up.\n\
         origin = \"{ORIGIN}\"\nexchange = \"{EXCHANGE}\"\nsequence = 1\nroot = \"{}\"\n\
         issued = \"{}\"\nexpires = \"{}\"\ntaxonomy = \"{}\"\ntick_seconds = 1\n\
         # No fixed hours: mail leaves at every tick.\nmail_hours = []\n\
         # Every day: a real exchange answers rights requests on one.\nrights_days = [1, 2, 3, 4, 5, 6, 7]\n\
         national_fallback = \"{NATIONAL_FALLBACK}\"\n\n\
         [hub]\nserver_name = \"{SERVER_NAME}\"\nreceipt_key = \"{}\"\nlog_key = \"{}\"\noperator = \"{}\"\n\n\
         [rule]\nname = \"samenloop-regel/1\"\ndomains = 2\norganisations = 2\npairs_with_hard = 2\npairs = 3\n",
        hex(root_hash),
        in_days(today, 0),
        in_days(today, MANIFEST_DAYS),
        hex(&taxonomy_hash()),
        hex(receipt_key),
        hex(log_key),
        oin("operator"),
    );
    for (id, name) in ORGANISATIONS {
        let oin = oin(id);
        toml += &format!("\n[[organisations]]\nid = \"{id}\"\noin = \"{oin}\"\nname = \"{name}\"\n");
    }
    for (id, name) in REGIONS {
        toml += &region(id, name);
    }
    toml += "\n[[epochs]]\nnumber = 1\nscheme = \"hmac\"\nstate = \"active\"\nactive_from = \"";
    toml += &in_days(today, 0).to_string();
    toml += "\"\ncontributions = [\n";
    for it in commitments {
        let (id, commitment) = (it.administrator, hex(&it.commitment));
        toml += &format!("    {{ administrator = \"{id}\", commitment = \"{commitment}\" }},\n");
    }
    toml += "]\n";
    for it in keys {
        toml += &connection(it, today);
    }
    toml
}

/// The coordinator of the other region is the fallback.
fn region(id: &str, name: &str) -> String {
    let fallback = REGIONS.iter().map(|(other, _)| *other).find(|other| *other != id).unwrap_or(id);
    format!(
        "\n[[regions]]\nid = \"{id}\"\nname = \"{name}\"\ncoordinators = [\"zorgcoordinator-{id}\"]\n\
         fallback = \"zorgcoordinator-{fallback}\"\nterm_days = 30\nacute_numbers = [\n    \
         {{ name = \"Direct gevaar\", number = \"112\" }},\n    \
         {{ name = \"Politie {name}, vraag naar AVIM\", number = \"0900-8844\" }},\n    \
         {{ name = \"Veilig Thuis {name}\", number = \"0800-2000\" }},\n]\n"
    )
}

fn connection(keys: &PublicKeys, today: Date) -> String {
    let Party { id, organisation, role, regions } = keys.party;
    let mut toml = format!(
        "\n[[connections]]\nid = \"{id}\"\norganisation = \"{organisation}\"\nrole = \"{}\"\n",
        role.code()
    );
    if let Role::Agency { domain, sends_codes } = role {
        toml += &format!(
            "domain = \"{domain}\"\nkinds = [1, 2, 3]\nunmarked_codes = {sends_codes}\nquota_lines = 1000000\n"
        );
    }
    if !regions.is_empty() {
        toml += &format!("regions = {regions:?}\n");
    }
    toml += &format!("certificate_keys = [\"{}\"]\n", hex(&keys.certificate_key));
    if let Some(details_key) = &keys.details_key {
        toml += &format!("details_key = \"{}\"\n", hex(details_key));
    }
    if !matches!(role, Role::Administrator) {
        toml += &format!("mailbox = \"{id}@voorbeeld.example\"\n");
    }
    toml + &format!(
        "legal_basis = \"geen: alleen synthetische gegevens\"\nagreement = \"voorbeeld\"\nvalid_until = \"{}\"\n",
        in_days(today, 365)
    )
}

/// `hub.toml`.
pub(crate) fn hub(port: u16) -> String {
    format!(
        "# The hub of a throw-away kit; start it with --danger-example-keys. Paths are relative to this file.\n\
         listen = \"127.0.0.1:{port}\"\nca = \"ca.pem\"\ncertificate = \"hub/cert.pem\"\nkey = \"hub/key.pem\"\n\
         {}receipt_key = \"hub/receipt.key\"\nlog_key = \"hub/log.key\"\nheads = \"hub/heads\"\ndata = \"hub/data\"\nsecrets = \"hub/secrets\"\n\
         processing_log = \"hub/processing\"\n",
        papers("hub")
    )
}

/// Where a party finds the pinned root and keeps its own book of manifests.
fn papers(party: &str) -> String {
    format!("root = \"root.toml\"\nmanifests = \"{party}/manifests\"\n")
}

/// `<connection>.toml`.
pub(crate) fn client(party: &Party, port: u16) -> String {
    let id = party.id;
    let toml = format!(
        "# Throw-away kit. Paths are relative to this file.\n\
         connection = \"{id}\"\nhub = \"127.0.0.1:{port}\"\nca = \"ca.pem\"\n\
         certificate = \"{id}/cert.pem\"\nkey = \"{id}/tls.key\"\n\
         secret = \"{}\"\n{}journal = \"{id}/journal\"\n",
        secret_of(id),
        papers(id)
    );
    match party.role {
        Role::Agency { .. } => {
            toml + &format!(
                "\n[agency]\nreference_key = \"{id}/reference.key\"\ndetails_key = \"{id}/details.key\"\n\
                 epoch_keys = \"{id}/epochs\"\n"
            )
        }
        Role::Coordinator => toml + &format!("\n[coordinator]\ndetails_key = \"{id}/details.key\"\n"),
        Role::Administrator => {
            toml + &format!("\n[administrator]\nsign_key = \"{id}/sign.key\"\ncontributions = \"{id}\"\n")
        }
        Role::ContactPoint => toml + &format!("\n[contact_point]\ndetails_key = \"{id}/details.key\"\n"),
        Role::PrivacyOfficer => toml,
    }
}
