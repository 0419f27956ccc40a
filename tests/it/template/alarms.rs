//! Alarms, dashboard and saved queries: each alarm reaches somebody and says what to do, and what they all
//! look at exists.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{check_planted, members, of_type};
use crate::world::cloudformation::template;
use crate::world::tool::read;

/// CloudWatch's limit for a description.
const LONGEST_DESCRIPTION: usize = 1024;

pub(super) fn faults(template: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, alarm) in of_type(template, "AWS::CloudWatch::Alarm") {
        let properties = &alarm["Properties"];
        if properties["AlarmActions"] != json!([{"Ref": "AlarmTopic"}]) {
            faults.push(format!("{name} tells nobody"));
        }
        if properties["TreatMissingData"] != "notBreaching" {
            faults.push(format!("{name} rings while nothing happens"));
        }
        let description = properties["AlarmDescription"].as_str().unwrap_or_default();
        let section = section(properties);
        if !description.ends_with(&format!("See docs/operations.md, {section}.")) {
            faults.push(format!("{name} does not name its section of the runbook, {section}"));
        }
        if description.len() > LONGEST_DESCRIPTION {
            faults.push(format!("{name} says more than CloudWatch keeps"));
        }
    }
    faults.extend(missing_on_the_dashboard(template));
    faults
}

/// The alarm's name after the stack's.
fn section(properties: &Value) -> &str {
    let name = properties["AlarmName"]["Fn::Sub"].as_str().unwrap_or_default();
    name.strip_prefix("${AWS::StackName}-").unwrap_or(name)
}

/// Alarms that the dashboard does not show, since it cannot name an alarm that does not always exist.
fn missing_on_the_dashboard(template: &Value) -> Vec<String> {
    let shown = dashboard(template).to_string();
    let alarms =
        of_type(template, "AWS::CloudWatch::Alarm").filter(|(_, alarm)| alarm.get("Condition").is_none());
    let missing = alarms.filter(|(name, _)| !shown.contains(&format!("${{{name}.Arn}}")));
    missing.map(|(name, _)| format!("{name} is not on the dashboard")).collect()
}

/// The dashboard as CloudWatch gets it, except what only AWS can fill in.
fn dashboard(template: &Value) -> Value {
    let body = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"][0].as_str();
    serde_json::from_str(body.unwrap_or_default()).unwrap_or_else(|error| panic!("the dashboard: {error}"))
}

#[test]
fn an_alarm_that_helps_nobody_is_found() {
    let alarm = "/Resources/AlarmUnstored/Properties";
    check_planted(&format!("{alarm}/AlarmActions"), None, "AlarmUnstored tells nobody");
    check_planted(
        &format!("{alarm}/TreatMissingData"),
        Some(json!("breaching")),
        "rings while nothing happens",
    );
    check_planted(
        &format!("{alarm}/AlarmDescription"),
        Some(json!("Look.")),
        "its section of the runbook, unstored",
    );
    let long = format!("{} See docs/operations.md, unstored.", "x".repeat(1000));
    check_planted(&format!("{alarm}/AlarmDescription"), Some(json!(long)), "says more than CloudWatch keeps");
}

#[test]
fn every_widget_of_the_dashboard_shows_something_where_it_is_free() {
    let dashboard = dashboard(&template());
    let mut taken = BTreeSet::new();
    for widget in dashboard["widgets"].as_array().unwrap() {
        let title = &widget["properties"]["title"];
        let [x, y, width, height] = ["x", "y", "width", "height"].map(|side| widget[side].as_u64().unwrap());
        assert!(x + width <= 24, "{title} is too wide");
        for cell in (y..y + height).flat_map(|y| (x..x + width).map(move |x| (x, y))) {
            assert!(taken.insert(cell), "{title} lies on another widget at {cell:?}");
        }
        let shown = ["metrics", "alarms"].iter().filter_map(|what| widget["properties"][what].as_array());
        assert!(shown.flatten().count() > 0, "{title} is empty");
    }
}

#[test]
fn saved_queries_and_their_logs_come_and_go_together() {
    let template = template();
    for (name, query) in of_type(&template, "AWS::Logs::QueryDefinition") {
        let groups = query["Properties"]["LogGroupNames"].as_array().unwrap();
        for group in groups {
            let group = &template["Resources"][group["Ref"].as_str().unwrap()];
            assert_eq!(group.get("Condition"), query.get("Condition"), "{name}");
        }
        assert!(members(query).count() > 1);
    }
}

#[test]
fn what_wakes_people_for_nothing_is_as_the_threat_model_says() {
    let security = read("SECURITY.md").replace('\n', " ");
    let template = template();
    for (name, after, says) in [
        (
            "AlarmCallbacksRefused",
            json!([5, 1]),
            "five requests in five minutes that have the form of Sinch's",
        ),
        (
            "AlarmFrontDoorTurnsAway",
            json!([20, 2]),
            "twenty of any form in each of two spans of five minutes",
        ),
    ] {
        let alarm = &template["Resources"][name]["Properties"];
        let period = alarm.get("Period").unwrap_or(&alarm["Metrics"][0]["Period"]);
        assert_eq!(
            (json!([alarm["Threshold"], alarm["EvaluationPeriods"]]), period),
            (after, &json!(300)),
            "{name}"
        );
        // One notice when it begins, and one when it is over.
        assert_eq!(alarm["OKActions"], alarm["AlarmActions"], "{name}");
        assert!(security.contains(says), "SECURITY.md does not say `{says}`");
    }
}
