//! `docs/operations.md` agrees with the template: its alarms, queries, graphs, outputs and front doors.

mod wrong_deployments;

use crate::documented_commands::blocks;
use crate::world::cloudformation::{from_yaml, template};
use crate::world::tool::read;

const OPERATIONS: &str = "docs/operations.md";

/// The text under a heading, up to the next one of its rank or above.
#[track_caller]
fn section(heading: &str) -> String {
    let text = read(OPERATIONS);
    let rest = text.split_once(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no `{heading}`")).1;
    let rank = heading.split(' ').next().unwrap().len();
    let is_over = |line: &&str| line.starts_with('#') && line.split(' ').next().unwrap().len() <= rank;
    rest.lines().take_while(|line| !is_over(line)).collect::<Vec<_>>().join("\n")
}

/// The headings of a rank within a text, without their signs.
fn headings<'t>(text: &'t str, rank: &str) -> Vec<&'t str> {
    text.lines().filter_map(|line| line.strip_prefix(rank)?.strip_prefix(' ')).collect()
}

/// The names of the template's resources of a type, without the stack's.
fn names_of(kind: &str, member: &str) -> Vec<String> {
    let template = template();
    let resources = template["Resources"].as_object().unwrap().values();
    let names = resources.filter(|resource| resource["Type"] == kind).map(|resource| {
        let name = resource["Properties"][member]["Fn::Sub"].as_str().unwrap();
        name.strip_prefix("${AWS::StackName}").unwrap()[1..].to_owned()
    });
    names.collect()
}

#[test]
fn every_alarm_has_its_section_and_every_section_its_alarm() {
    let mut alarms = names_of("AWS::CloudWatch::Alarm", "AlarmName");
    let runbook = section("## Alarms");
    let mut sections = headings(&runbook, "###");
    alarms.sort_unstable();
    sections.sort_unstable();
    assert_eq!(sections, alarms);
    for alarm in &alarms {
        assert!(runbook.contains(&format!("| [{alarm}](#{alarm}) |")), "{alarm} is not in the first table");
        let section = section(&format!("### {alarm}"));
        for part in ["**What happened.**", "**Customers.**", "**Look at.**", "**Do", "**Over**"] {
            assert!(section.contains(part), "{alarm} has no {part}");
        }
    }
}

/// What a text sets in italics, outside of code.
fn italics(text: &str) -> Vec<String> {
    let prose: String = text.split("```").step_by(2).collect();
    let prose: String = prose.split('`').step_by(2).collect::<Vec<_>>().join("").replace("**", "");
    let spans = prose.split('*').skip(1).step_by(2);
    spans.map(|span| span.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn every_saved_query_is_used_and_every_graph_that_is_named_is_there() {
    let named = italics(&section("## Alarms"));
    let queries = names_of("AWS::Logs::QueryDefinition", "Name");
    for query in &queries {
        assert!(named.contains(query), "nobody is told of the saved query {query}");
    }
    let template = template();
    let dashboard = &template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"][0];
    let dashboard = dashboard.as_str().unwrap();
    for name in named.iter().filter(|name| !queries.contains(name)) {
        let is_title = dashboard.contains(&format!(r#""title": "{name}"#));
        let is_metric = dashboard.contains(&format!(r#""{name}""#));
        assert!(is_title || is_metric, "the dashboard has no {name}");
    }
}

#[test]
fn every_output_is_told_of() {
    let text = [read("README.md"), read(OPERATIONS)].concat();
    for output in template()["Outputs"].as_object().unwrap().keys() {
        assert!(text.contains(output), "{output}");
    }
}

#[test]
fn the_second_front_door_serves_the_path_of_the_template() {
    let blocks = blocks(&read(OPERATIONS), "yaml");
    let [door] = blocks.as_slice() else { panic!("{blocks:?}") };
    let door = from_yaml(door);
    let path = template()["Parameters"]["CallbackPath"]["Default"].as_str().unwrap().to_owned();
    let operation = &door["Resources"]["Api"]["Properties"]["Body"]["paths"][&path]["post"];
    assert_eq!(operation["x-amazon-apigateway-integration"]["type"], "aws_proxy", "{door}");
    let stage = door["Resources"]["Stage"]["Properties"]["StageName"].as_str().unwrap();
    let url = door["Outputs"]["CallbackUrl"]["Value"]["Fn::Sub"].as_str().unwrap();
    assert!(url.ends_with(&format!("/{stage}{path}")), "{url}");
    let right = door["Resources"]["ApiMayInvoke"]["Properties"]["SourceArn"]["Fn::Sub"].as_str().unwrap();
    assert!(right.ends_with(&format!("/{stage}/POST{path}")), "{right}");
}
