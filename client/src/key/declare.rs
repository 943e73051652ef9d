//! What this connection says of its own key of an epoch, signed with the key of its certificate.

use rustls::SignatureScheme;
use samenloop_core::value::{Day, Epoch};
use samenloop_manifest::declaration::{CERTIFICATE_KEY_LEN, Declared, Said, SignedDeclaration};

use super::{KeyFault, tls};
use crate::config::Config;

/// Signs what this connection says of its key of an epoch, on a day, at the exchange of an origin.
///
/// # Errors
/// [`KeyFault`] when the certificate's key cannot be read, or is not ECDSA P-256.
pub fn declare(
    config: &Config,
    origin: &str,
    epoch: Epoch,
    said: Said,
    day: Day,
) -> Result<SignedDeclaration, KeyFault> {
    let unusable = || KeyFault::Malformed(config.key.clone());
    let key = tls::read(&config.key, &config.secret)?;
    let key = rustls::crypto::ring::sign::any_supported_type(&key).map_err(|_| unusable())?;
    let public = key.public_key().filter(|it| it.len() == CERTIFICATE_KEY_LEN).ok_or_else(unusable)?;
    let signer = key.choose_scheme(&[SignatureScheme::ECDSA_NISTP256_SHA256]).ok_or_else(unusable)?;
    let text = Declared::new(origin.to_owned(), config.connection.clone(), epoch, said, day).to_string();
    let signature = signer.sign(text.as_bytes()).map_err(|_| KeyFault::System)?;
    Ok(SignedDeclaration::new(text.into_bytes(), public.to_vec(), signature))
}
