//! Who may do what: no policy of the stack names everything.

use serde_json::{Value, json};

use super::{check_planted, members, of_type};

/// The only door that callers unknown to AWS may use; the gate checks Sinch's signature behind it.
const OPEN_DOOR: [&str; 2] = ["FunctionUrlMayBeCalled", "FunctionUrlMayInvoke"];

pub(super) fn faults(template: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, resource) in members(&template["Resources"]) {
        for statement in statements(resource) {
            for (part, value) in
                members(statement).filter(|(part, _)| *part == "Action" || *part == "Resource")
            {
                let values = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
                let too_much = values.iter().filter_map(Value::as_str).filter(|text| text.contains('*'));
                faults.extend(
                    too_much.map(|text| format!("{name}: {part} `{text}` names more than is needed")),
                );
            }
            if statement["Principal"] == "*" {
                faults.push(format!("{name}: a statement is for everybody"));
            }
        }
    }
    for (name, permission) in of_type(template, "AWS::Lambda::Permission") {
        let properties = &permission["Properties"];
        let is_open = properties["Principal"] == "*";
        if is_open && !OPEN_DOOR.contains(&name.as_str()) {
            faults.push(format!("{name}: anybody may invoke the function"));
        }
        if !is_open && properties.get("SourceArn").is_none() {
            faults.push(format!("{name}: no one source is named that may invoke the function"));
        }
    }
    faults
}

/// Every policy statement of a resource, wherever its type has them.
fn statements(resource: &Value) -> Vec<&Value> {
    let properties = &resource["Properties"];
    let inline = properties["Policies"].as_array().into_iter().flatten();
    let documents = inline.map(|policy| &policy["PolicyDocument"]);
    let documents = documents.chain([&properties["PolicyDocument"], &properties["AssumeRolePolicyDocument"]]);
    documents.filter_map(|document| document["Statement"].as_array()).flatten().collect()
}

#[test]
fn a_right_to_everything_is_found() {
    let first = "/Resources/GateRole/Properties/Policies/0/PolicyDocument/Statement/0";
    check_planted(&format!("{first}/Resource"), Some(json!("*")), "GateRole: Resource `*` names more");
    check_planted(&format!("{first}/Action"), Some(json!(["dynamodb:*"])), "GateRole: Action `dynamodb:*`");
    let topic = "/Resources/AlarmTopicPolicy/Properties/PolicyDocument/Statement/0/Principal";
    check_planted(topic, Some(json!("*")), "AlarmTopicPolicy: a statement is for everybody");
    let permission = "/Resources/HttpApiMayInvoke/Properties";
    check_planted(&format!("{permission}/SourceArn"), None, "HttpApiMayInvoke: no one source");
    check_planted(
        &format!("{permission}/Principal"),
        Some(json!("*")),
        "HttpApiMayInvoke: anybody may invoke",
    );
}
