//! What a deployment promises its owner, checked in the template: encryption, retention, rights,
//! throttling, alarms. `.ci/template` runs the same against what SAM makes of it. Each rule is tried on a
//! template that breaks it.

mod alarms;
mod queries;
mod rights;

use serde_json::{Value, json};

use crate::world::cloudformation::template;

/// Where a promise stands in the template, as a JSON pointer, and what must stand there.
fn promises() -> Vec<(&'static str, Value)> {
    vec![
        // The table survives a deletion or a change of the stack, and what was written can be restored.
        ("/Resources/Table/DeletionPolicy", json!("Retain")),
        ("/Resources/Table/UpdateReplacePolicy", json!("Retain")),
        ("/Resources/Table/Properties/DeletionProtectionEnabled", json!({"Ref": "DeletionProtection"})),
        ("/Parameters/DeletionProtection/Default", json!("true")),
        (
            "/Resources/Table/Properties/PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled",
            json!(true),
        ),
        ("/Resources/Table/Properties/SSESpecification/SSEEnabled", json!(true)),
        // An attack is charged by its traffic, and never throttled by a setting.
        ("/Resources/Table/Properties/BillingMode", json!("PAY_PER_REQUEST")),
        // Records and quotas end.
        ("/Resources/Table/Properties/TimeToLiveSpecification/Enabled", json!(true)),
        ("/Resources/GateLogs/Properties/RetentionInDays", json!({"Ref": "LogRetentionDays"})),
        ("/Resources/FrontDoorLogs/Properties/RetentionInDays", json!({"Ref": "LogRetentionDays"})),
        // Only callbacks come through the front door, and no more of them than were asked for.
        ("/Resources/HttpApiRoute/Properties/RouteKey", json!({"Fn::Sub": "POST ${CallbackPath}"})),
        (
            "/Resources/HttpApiStage/Properties/DefaultRouteSettings/ThrottlingRateLimit",
            json!({"Ref": "ThrottleRate"}),
        ),
        (
            "/Resources/HttpApiStage/Properties/DefaultRouteSettings/ThrottlingBurstLimit",
            json!({"Ref": "ThrottleBurst"}),
        ),
        (
            "/Resources/HttpApiStage/Properties/AccessLogSettings/DestinationArn",
            json!({"Fn::GetAtt": ["FrontDoorLogs", "Arn"]}),
        ),
        ("/Resources/Domain/Properties/DomainNameConfigurations/0/SecurityPolicy", json!("TLS_1_2")),
        ("/Resources/FunctionUrlMayInvoke/Properties/InvokedViaFunctionUrl", json!(true)),
        // The function.
        ("/Resources/Gate/Properties/Runtime", json!("provided.al2023")),
        ("/Parameters/Architecture/Default", json!("arm64")),
        ("/Resources/Gate/Properties/Role", json!({"Fn::GetAtt": ["GateRole", "Arn"]})),
        ("/Resources/Gate/Properties/LoggingConfig/LogGroup", json!({"Ref": "GateLogs"})),
        // Secrets are not shown anywhere.
        ("/Parameters/SinchApplicationSecret/NoEcho", json!(true)),
        ("/Parameters/SinchApplications/NoEcho", json!(true)),
        ("/Parameters/NumberHashKey/NoEcho", json!(true)),
    ]
}

/// What is wrong with a template.
fn faults(template: &Value) -> Vec<String> {
    let mut faults: Vec<String> = promises()
        .into_iter()
        .filter(|(pointer, promised)| template.pointer(pointer) != Some(promised))
        .map(|(pointer, promised)| {
            format!("{pointer} is {:?}, not {promised}", template.pointer(pointer).map(Value::to_string))
        })
        .collect();
    faults.extend(parameter_faults(template));
    faults.extend(function_faults(template));
    faults.extend(rights::faults(template));
    faults.extend(alarms::faults(template));
    faults
}

/// Every parameter is explained and bounded, and no secret has a default.
fn parameter_faults(template: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, parameter) in members(&template["Parameters"]) {
        let has = |property: &str| parameter.get(property).is_some();
        if !has("Description") {
            faults.push(format!("parameter {name} has no description"));
        }
        let is_bounded = has("AllowedValues") || has("AllowedPattern") || has("MinValue") || has("NoEcho");
        if !is_bounded {
            faults.push(format!("parameter {name} takes anything"));
        }
        if has("AllowedPattern") && !has("ConstraintDescription") {
            faults.push(format!("parameter {name} has a pattern and does not explain it"));
        }
        if has("NoEcho") && parameter["Default"] != "" {
            faults.push(format!("parameter {name} is a secret with a default"));
        }
    }
    let outputs = members(&template["Outputs"]).filter(|(_, output)| output.get("Description").is_none());
    faults.extend(outputs.map(|(name, _)| format!("output {name} has no description")));
    faults
}

fn function_faults(template: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let function = &template["Resources"]["Gate"]["Properties"];
    let timeout = function["Timeout"].as_f64().unwrap_or_default();
    let longest_decision = template["Parameters"]["DecisionBudget"]["MaxValue"].as_f64().unwrap_or(f64::MAX);
    // A start that Lambda repeats within the call, since it failed before, may wait for the table as long as
    // a decision does. Two seconds more for what comes around both: processor, giving shares back, the log.
    if timeout < 2.0 * longest_decision + 2.0 {
        faults.push(format!("Lambda ends the function after {timeout} s, before the gate answers"));
    }
    let variables = members(&function["Environment"]["Variables"]);
    faults.extend(
        variables
            .filter(|(name, _)| name.starts_with("AWS_"))
            .map(|(name, _)| format!("{name} is Lambda's to set; while empty, it makes the SDK panic")),
    );
    faults
}

/// The resources of a type, with their names.
fn of_type<'t>(template: &'t Value, kind: &'t str) -> impl Iterator<Item = (&'t String, &'t Value)> {
    members(&template["Resources"]).filter(move |(_, resource)| resource["Type"] == kind)
}

fn members(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    object.as_object().into_iter().flatten()
}

/// Expects exactly one fault, with this in it, once the template was changed in one place.
#[track_caller]
fn check_planted(pointer: &str, planted: Option<Value>, fault: &str) {
    let mut template = template();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = template.pointer_mut(parent).unwrap_or_else(|| panic!("nothing at {parent}"));
    match planted {
        Some(value) => parent[name] = value,
        None => drop(parent.as_object_mut().unwrap().remove(name)),
    }
    let faults = faults(&template);
    assert!(faults.len() == 1 && faults[0].contains(fault), "{pointer}: {faults:#?}");
}

#[test]
fn the_template_keeps_its_promises() {
    let faults = faults(&template());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_promise_can_be_dropped_unseen() {
    for (pointer, _) in promises() {
        let mut template = template();
        *template.pointer_mut(pointer).unwrap_or_else(|| panic!("nothing at {pointer}")) = json!("dropped");
        let faults = faults(&template);
        assert!(faults.iter().any(|fault| fault.starts_with(pointer)), "{pointer} was dropped unseen");
    }
}

#[test]
fn a_planted_fault_is_found() {
    check_planted("/Parameters/LogLevel/Description", None, "parameter LogLevel has no description");
    check_planted("/Parameters/FrontDoor/AllowedValues", None, "parameter FrontDoor takes anything");
    check_planted("/Parameters/DomainName/ConstraintDescription", None, "does not explain it");
    check_planted("/Parameters/SinchApplicationSecret/Default", Some(json!("x")), "a secret with a default");
    check_planted("/Outputs/TableName/Description", None, "output TableName has no description");
    check_planted("/Parameters/DecisionBudget/MaxValue", Some(json!(5)), "before the gate answers");
    check_planted("/Resources/Gate/Properties/Timeout", Some(json!(9)), "before the gate answers");
    let variables = "/Resources/Gate/Properties/Environment/Variables";
    let endpoint = format!("{variables}/AWS_ENDPOINT_URL_DYNAMODB");
    check_planted(&endpoint, Some(json!("")), "AWS_ENDPOINT_URL_DYNAMODB is Lambda's to set");
}
