//! The page as the tool makes it from recorded traffic: a file, and a server on loopback.

use super::LENIENT;
use crate::world::browser::Browser;
use crate::world::tool::Tool;

#[test]
fn the_tool_makes_a_page_that_opens_and_serves_the_same() {
    let Some(browser) = Browser::open() else { return };
    let tool = Tool::new();
    tool.write("lenient.toml", LENIENT);
    let drill = "sinch-gate policy drill lenient.toml --scenario sequence --scale 0.1 --write drill.jsonl";
    tool.run_line(drill).exits(0);
    let report = "sinch-gate report --traffic drill.jsonl --html report.html --format json";
    let json = &tool.run_line(report).exits(0).json()[0];
    let server = tool.start(&["report", "--traffic", "drill.jsonl", "--serve", "127.0.0.1:0"]);
    let of_file = format!("file://{}", tool.file("report.html").display());
    for url in [&of_file, &server.url] {
        browser.open_page(url);
        let said = browser.run("return document.querySelector('h1').textContent.replace(/\\u00a0/g, ' ');");
        let what = json["summary"]["what"].as_str().unwrap().replace(" in UZ ", " in Uzbekistan (UZ) ");
        assert_eq!(said, what);
        let charts = browser.run("return document.querySelectorAll('#requests path, #spend path').length;");
        assert_eq!(charts, 4, "verified, unverified, denied, and the spend");
        assert_eq!(browser.messages(), Vec::<String>::new());
        let requests = browser.requests();
        let others: Vec<_> = requests.iter().filter(|asked| *asked != url).collect();
        assert!(others.iter().all(|asked| asked.starts_with("data:image/svg+xml,")), "{others:?}");
    }
}
