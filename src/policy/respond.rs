//! `respond`: the options that an answer carries, written as Sinch names them.

use std::str::FromStr;

use super::problem::{ProblemReport, error};
use super::toml_value::{Fields, Node, elements, text, whole_number};
use crate::answer::{
    CallTimeout, CalloutOptions, FlashCallOptions, LanguageTag, OptionError, Options, SmsOptions, Speech,
    WhatsAppOptions,
};

/// The blocks of an answer, each for one method.
pub(super) const BLOCKS: &[&str] = &["callout", "flashCall", "sms", "whatsapp"];

/// Reads the options of a rule.
pub(super) fn read(node: &Node<'_>, report: &mut ProblemReport) -> Options {
    let Some(fields) = Fields::of(node, "`respond`", BLOCKS, report) else { return Options::default() };
    if fields.is_empty() {
        let help = "write for example respond.sms = { expiry = \"00:03:00\" }";
        report.push(error(&fields.at, "`respond` sets nothing").help(help));
    }
    Options {
        sms: fields.get("sms").and_then(|node| sms(node, report)),
        flash_call: fields.get("flashCall").and_then(|node| flash_call(node, report)),
        callout: fields.get("callout").and_then(|node| callout(node, report)),
        whatsapp: fields.get("whatsapp").and_then(|node| whatsapp(node, report)),
    }
}

fn sms(node: &Node<'_>, report: &mut ProblemReport) -> Option<SmsOptions> {
    let fields = block(node, "`respond.sms`", &["acceptLanguage", "code", "codeType", "expiry"], report)?;
    Some(SmsOptions {
        code: option(&fields, "code", report),
        code_type: option(&fields, "codeType", report),
        expiry: option(&fields, "expiry", report),
        accept_language: languages(&fields, report),
    })
}

fn flash_call(node: &Node<'_>, report: &mut ProblemReport) -> Option<FlashCallOptions> {
    let known = &["cli", "dialTimeout", "interceptionTimeout"];
    let fields = block(node, "`respond.flashCall`", known, report)?;
    Some(FlashCallOptions {
        cli: option(&fields, "cli", report),
        dial_timeout: timeout(&fields, "dialTimeout", report),
        interception_timeout: timeout(&fields, "interceptionTimeout", report),
    })
}

fn callout(node: &Node<'_>, report: &mut ProblemReport) -> Option<CalloutOptions> {
    let fields = block(node, "`respond.callout`", &["code", "speech"], report)?;
    let speech = fields.get("speech").and_then(|node| {
        let fields = block(node, "`respond.callout.speech`", &["locale"], report)?;
        option(&fields, "locale", report).map(|locale| Speech { locale })
    });
    Some(CalloutOptions { code: option(&fields, "code", report), speech })
}

fn whatsapp(node: &Node<'_>, report: &mut ProblemReport) -> Option<WhatsAppOptions> {
    let fields = block(node, "`respond.whatsapp`", &["acceptLanguage", "codeType"], report)?;
    Some(WhatsAppOptions {
        code_type: option(&fields, "codeType", report),
        accept_language: languages(&fields, report),
    })
}

fn block<'t, 'i>(
    node: &'t Node<'i>,
    place: &str,
    known: &'static [&'static str],
    report: &mut ProblemReport,
) -> Option<Fields<'t, 'i>> {
    let fields = Fields::of(node, place, known, report)?;
    if fields.is_empty() {
        report.push(error(&fields.at, format!("{place} sets nothing")));
    }
    Some(fields)
}

fn option<T: FromStr<Err = OptionError>>(
    fields: &Fields<'_, '_>,
    key: &str,
    report: &mut ProblemReport,
) -> Option<T> {
    value(fields.get(key)?, &format!("`{key}`"), report)
}

fn languages(fields: &Fields<'_, '_>, report: &mut ProblemReport) -> Vec<LanguageTag> {
    let nodes = fields.get("acceptLanguage").map(elements).unwrap_or_default();
    nodes.iter().filter_map(|node| value(node, "`acceptLanguage`", report)).collect()
}

fn value<T: FromStr<Err = OptionError>>(
    node: &Node<'_>,
    what: &str,
    report: &mut ProblemReport,
) -> Option<T> {
    let read = text(node, what, report)?.parse();
    checked(read, node, report)
}

fn timeout(fields: &Fields<'_, '_>, key: &str, report: &mut ProblemReport) -> Option<CallTimeout> {
    let node = fields.get(key)?;
    let seconds = whole_number(node, &format!("`{key}`"), report)?;
    checked(CallTimeout::try_from(i64::try_from(seconds).unwrap_or(i64::MAX)), node, report)
}

fn checked<T>(read: Result<T, OptionError>, node: &Node<'_>, report: &mut ProblemReport) -> Option<T> {
    read.map_err(|wrong| report.push(error(&node.span(), wrong.to_string()))).ok()
}
