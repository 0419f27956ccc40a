//! Verification, explained stage by stage.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::authorization::Authorization;
use super::freshness::Age;
use super::suspicion::suspect;
use super::{Keyring, SignatureError, SignedRequest, StringToSign, Tolerance};

/// What every check found, the ones after the first failure included where they still make sense: a person
/// who looks for one mistake should see the second one too.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The checks, in the order in which [`verify`](super::verify) makes them.
    pub stages: Vec<Stage>,
    /// If the signature does not fit: a known mistake under which it would, if one was found.
    pub suspicion: Option<&'static str>,
}

/// One check.
#[derive(Clone, Debug)]
pub struct Stage {
    /// What is checked.
    pub name: &'static str,
    /// How it went.
    pub finding: Finding,
}

/// How one check went.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Finding {
    /// Passed; the text says what was found.
    Passed(String),
    /// Failed.
    Failed(SignatureError),
    /// Not made, since an earlier check left nothing to go on.
    Skipped,
}

impl Explanation {
    /// What [`verify`](super::verify) says of the same request: the first failure, where there is one.
    ///
    /// # Errors
    ///
    /// As [`verify`](super::verify).
    pub fn verdict(&self) -> Result<(), SignatureError> {
        let failure = self.stages.iter().find_map(|stage| match &stage.finding {
            Finding::Failed(error) => Some(error.clone()),
            Finding::Passed(_) | Finding::Skipped => None,
        });
        failure.map_or(Ok(()), Err)
    }
}

/// Makes the checks of [`verify`](super::verify) and shows what each of them found. The text to sign is
/// shown in full, secrets and signatures are not.
#[must_use]
pub fn explain(
    request: &SignedRequest<'_>,
    keyring: &Keyring,
    tolerance: Tolerance,
    now: Timestamp,
) -> Explanation {
    let authorization = Authorization::read(&request.headers);
    let secrets = authorization.as_ref().ok().map(|authorization| keyring.secrets(&authorization.key));
    let text = StringToSign::of(request);
    let (signature, suspicion) = match (&authorization, &secrets, &text) {
        (Ok(authorization), Some(Ok(secrets)), Ok(text)) => {
            let signature = authorization.check_signature(text, secrets);
            let suspicion = match &signature {
                Ok(()) => None,
                Err(_) => suspect(request, text, authorization, secrets),
            };
            (Some(signature), suspicion)
        }
        _ => (None, None),
    };
    let age = text.as_ref().ok().map(|text| Age::of(text.timestamp(), now));
    let freshness = age.map(|age| age.and_then(|age| age.check(tolerance).map(|()| age)));

    let stages = vec![
        Stage::new("Authorization header", Some(authorization), |found| {
            format!("one signature for application `{}`", found.key)
        }),
        Stage::new("application key", secrets, |secrets| match secrets.len() {
            1 => "configured with one secret".to_owned(),
            n_secrets => format!("configured with {n_secrets} secrets"),
        }),
        Stage::new("text to sign", Some(text), |text| text.to_string()),
        Stage::new("signature", signature, |()| {
            "a secret of the application gives this signature".to_owned()
        }),
        Stage::new("x-timestamp", freshness, |age| describe(age.0)),
    ];
    Explanation { stages, suspicion }
}

impl Stage {
    fn new<T>(
        name: &'static str,
        result: Option<Result<T, SignatureError>>,
        describe: impl FnOnce(T) -> String,
    ) -> Self {
        let finding = match result {
            Some(Ok(found)) => Finding::Passed(describe(found)),
            Some(Err(error)) => Finding::Failed(error),
            None => Finding::Skipped,
        };
        Self { name, finding }
    }
}

fn describe(age: SignedDuration) -> String {
    let seconds = age.unsigned_abs().as_secs_f64();
    let side = if age.is_negative() { "in the future" } else { "ago" };
    format!("signed {seconds:.1} s {side}")
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed(found) => f.write_str(found),
            Self::Failed(error) => error.fmt(f),
            Self::Skipped => f.write_str("not checked, since an earlier check failed"),
        }
    }
}
