//! How the commands handle refusals, failures and lost answers.

use super::{NUMBER, User};
use crate::world::stand_in::{CODE, Fault};
use crate::world::tool::Run;

fn error(code: u32) -> String {
    format!(r#"{{"errorCode":{code},"message":"about {NUMBER}","reference":"5upp0rt"}}"#)
}

#[test]
fn codes_are_explained_and_numbers_masked() {
    let user = User::new();
    let codes = [
        (400, 40001, 1, "makes no sense"),
        (400, 40003, 2, "cannot be processed"),
        (401, 40100, 1, "cannot be read"),
        (402, 40200, 1, "not enough credit"),
        (403, 40300, 2, "blocks this number"),
        (403, 40303, 2, "a callback denied it"),
        (409, 40900, 2, "`sinch-gate verification status --reference ref-1`"),
        (422, 42200, 1, "has no name yet"),
        (422, 42201, 2, "no route"),
        (429, 42900, 1, "too many calls"),
        (429, 42901, 1, "wait some minutes"),
        (503, 50301, 1, "write to its support"),
        (418, 41899, 1, "does not accept the call as it is"),
    ];
    for (http, code, exit, message) in codes {
        user.api.fail([Fault::Answer(http, error(code))]);
        let run = user.start("sms", "ref-1", &[]).exits(exit).prints("").says(message);
        let run = run.says(&format!("HTTP {http}, code {code}")).says("for Sinch's support: 5upp0rt");
        assert!(!run.stderr.contains(NUMBER), "{run}");
    }
}

#[test]
fn what_sinch_does_not_know_is_found_out_and_no_failure() {
    let user = User::new();
    user.status("ref-1").exits(2).prints("").says("Sinch does not know it");
    user.report("ref-1", CODE).exits(2).says("Sinch does not know it");
    user.run(&["report", "--id", "1", "--method", "sms", "--code", CODE]).exits(2).says("does not know it");
}

#[test]
fn a_lost_start_is_told_and_not_repeated() {
    let user = User::new();
    user.api.fail([Fault::CutAfter]);
    user.start("sms", "ref-1", &[])
        .exits(1)
        .prints("")
        .says("may have started")
        .says("`sinch-gate verification status --reference ref-1`");
    assert_eq!(user.api.count("POST"), 1);
    user.status("ref-1").exits(0).shows("PENDING");
    // Whoever starts it again under the same reference does not get a second SMS.
    user.start("sms", "ref-1", &[]).exits(2).says("was started before");
}

#[test]
fn a_wrong_code_ends_the_verification_or_leaves_it_open() {
    let user = User::new();
    user.start("sms", "ref-1", &[]).exits(0);
    user.report("ref-1", "1111")
        .exits(2)
        .shows("FAIL")
        .shows("Invalid code")
        .says("start a new verification");
    user.status("ref-1").exits(2).shows("FAIL");

    user.api.behave(|behaviour| behaviour.refuses_wrong_codes = true);
    user.start("sms", "ref-2", &[]).exits(0);
    user.report("ref-2", "1111").exits(2).shows("PENDING").says("another code may be right");
    user.report("ref-2", CODE).exits(0).shows("SUCCESSFUL");
}

#[test]
fn a_report_on_a_finished_verification_is_explained() {
    let user = User::new();
    user.start("sms", "ref-1", &[]).exits(0);
    user.api.finish("ref-1", "FAIL", Some("Expired"));
    let finished = |run: Run| run.exits(2).shows("Expired").says("nothing was reported: it had ended before");
    finished(user.report("ref-1", CODE));
    assert_eq!(user.api.count("PUT"), 0);
    // By id it is reported, refused, and then asked for.
    let id = user.api.id_of("ref-1");
    finished(user.run(&["report", "--id", &id, "--method", "sms", "--code", CODE]));
    assert_eq!(user.api.count("PUT"), 1);
}

#[test]
fn a_lost_report_is_told_and_not_repeated() {
    let user = User::new();
    user.start("sms", "ref-1", &[]).exits(0);
    user.api.fail([Fault::AnswerAfter(200, "{}".to_owned())]);
    let id = user.api.id_of("ref-1");
    let report = ["report", "--id", &id, "--method", "sms", "--code", CODE];
    user.run(&report).exits(1).says("it has no `status`").says("do not report it again");
    assert_eq!(user.api.count("PUT"), 1);
}

#[test]
fn an_answer_that_makes_no_sense_is_told_by_its_member() {
    let user = User::new();
    let odd = r#"{"id":"1","status":"LOST\u001b[31m","method":"rcs","verificationTimestamp":"noon","callComplete":1}"#;
    user.api.fail([Fault::Answer(200, odd.to_owned())]);
    let run = user.run(&["status", "--id", "1"]).exits(2).shows("LOST [31m").shows("rcs");
    run.says("something other than Sinch describes in verificationTimestamp, callComplete");
    user.api.fail([Fault::Contradict]);
    user.api.know("2", Some("ref-2"), NUMBER, "FAIL");
    user.run(&["status", "--id", "2"]).exits(1).prints("").says("about another verification");
}

#[test]
fn neither_code_nor_secret_is_ever_told() {
    let user = User::new();
    user.start("sms", "ref-1", &[]).exits(0);
    let id = user.api.id_of("ref-1");
    let told = r#"{"errorCode":40003,"message":"s3CRETcode is wrong"}"#.to_owned();
    for fault in [Fault::CutAfter, Fault::Answer(400, told), Fault::Answer(500, "s3CRETcode".to_owned())] {
        user.api.fail([fault]);
        let run = user.run(&["report", "--id", &id, "--method", "sms", "--code", "s3CRETcode"]);
        assert!(!format!("{run}").replace("--code s3CRETcode", "").contains("s3CRET"), "{run}");
    }
}
