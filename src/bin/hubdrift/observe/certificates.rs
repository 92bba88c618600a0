//! Reads a CA bundle: a PEM file becomes the certificates in it that can be trusted as roots.

use std::{fs, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rustls_pki_types::{CertificateDer, pem::PemObject as _};

/// The certificates of a PEM file, those alone that can be trusted as roots.
///
/// # Errors
/// When it can't be read, or there is none in it.
pub fn read(path: &Path) -> Result<Vec<u8>, String> {
    let bytes = fs::read(path).map_err(|error| format!("the file can't be read: {error}"))?;
    usable(&bytes)
}

fn usable(pem: &[u8]) -> Result<Vec<u8>, String> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let certificates =
        certificates.map_err(|_| "the file is broken; it has to be PEM certificates".to_owned())?;
    let mut usable = String::new();
    for certificate in &certificates {
        // The TLS library takes nothing else, and would panic.
        if webpki::anchor_from_trusted_cert(certificate).is_ok() {
            let text = STANDARD.encode(certificate);
            usable.push_str(&format!(
                "-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n"
            ));
        }
    }
    if usable.is_empty() {
        return Err(
            "there is no certificate in the file; it has to be PEM certificates".to_owned(),
        );
    }
    Ok(usable.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_refused() {
        for pem in [
            "",
            "text",
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\n%%%%\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nMIIB\n",
        ] {
            assert!(usable(pem.as_bytes()).is_err(), "{pem}");
        }
    }
}
