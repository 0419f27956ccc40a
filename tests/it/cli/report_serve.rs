//! `sinch-gate report --serve`: the page on a local port, which can be read and nothing else.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::report::traffic::eventful;
use crate::world::tool::Tool;

/// What a server says to a request.
fn ask(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(format!("{request}\r\nConnection: close\r\n\r\n").as_bytes()).unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    reply
}

#[test]
fn the_page_is_served_to_whoever_reads_it_on_loopback() {
    let tool = Tool::new();
    tool.write("traffic.jsonl", &eventful());
    let serving = tool.start(&["report", "--traffic", "traffic.jsonl", "--serve", "127.0.0.1:0"]);
    let address = serving.url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let host = format!("Host: {address}");

    let page = ask(&address, &format!("GET / HTTP/1.1\r\n{host}"));
    assert!(page.starts_with("HTTP/1.1 200 ") && page.contains("+99899394"), "{page}");
    let head = ask(&address, &format!("HEAD / HTTP/1.1\r\n{host}"));
    assert!(head.starts_with("HTTP/1.1 200 ") && !head.contains("+99899394"), "{head}");
    for name in [
        "content-type: text/html; charset=utf-8",
        "content-security-policy: frame-ancestors 'none'",
        "x-content-type-options: nosniff",
        "x-frame-options: DENY",
        "referrer-policy: no-referrer",
        "cache-control: no-store",
    ] {
        assert!(head.to_lowercase().contains(&name.to_lowercase()), "{name} in {head}");
    }
    for (request, status) in [
        (format!("POST / HTTP/1.1\r\n{host}\r\nContent-Length: 0"), "405 "),
        (format!("DELETE / HTTP/1.1\r\n{host}"), "405 "),
        (format!("GET /traffic.jsonl HTTP/1.1\r\n{host}"), "404 "),
        ("GET / HTTP/1.1\r\nHost: evil.example.com".to_owned(), "421 "),
    ] {
        let reply = ask(&address, &request);
        assert!(reply.starts_with(&format!("HTTP/1.1 {status}")), "{request}: {reply}");
        assert!(!reply.contains("+99899394") && reply.contains("nosniff"), "{reply}");
    }
    assert_eq!(serving.stop(), Some(0));
}

#[test]
fn half_a_request_does_not_hold_up_a_stop() {
    let tool = Tool::new();
    tool.write("traffic.jsonl", &eventful());
    let serving = tool.start(&["report", "--traffic", "traffic.jsonl", "--serve", "127.0.0.1:0"]);
    let address = serving.url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let mut callers = [(); 2].map(|()| TcpStream::connect(&address).unwrap());
    callers[0].write_all(b"GET / HTTP/1.1\r\nHost: ").unwrap();
    callers[1].write_all(b"GET / HTTP/1.1\r\ncontent-length: 9\r\n\r\nab").unwrap();
    // So that the server has them.
    assert!(ask(&address, &format!("GET / HTTP/1.1\r\nHost: {address}")).starts_with("HTTP/1.1 200 "));
    let begun = Instant::now();
    assert_eq!(serving.stop(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
}

#[test]
fn this_machine_may_be_named() {
    let tool = Tool::new();
    tool.write("traffic.jsonl", &eventful());
    let report = ["report", "--traffic", "traffic.jsonl", "--serve"];
    let serving = tool.start(&[&report[..], &["localhost:0"]].concat());
    assert!(serving.url.starts_with("http://127.0.0.1:"), "{}", serving.url);
    assert_eq!(serving.stop(), Some(0));
    for wrong in ["8081", "localhost", "example.com:8081"] {
        tool.run(&[&report[..], &[wrong]].concat()).exits(1).says("such as 127.0.0.1:8081");
    }
}

#[test]
fn an_address_that_others_can_reach_takes_another_word() {
    let tool = Tool::new();
    tool.write("traffic.jsonl", &eventful());
    let everywhere = ["report", "--traffic", "traffic.jsonl", "--serve", "0.0.0.0:0"];
    tool.run(&everywhere).exits(1).says("--for-anybody");
}

#[test]
fn what_can_be_read_only_once_is_not_served() {
    let tool = Tool::new();
    tool.write("traffic.jsonl", &eventful());
    tool.write("policy.toml", "schema = 1\ndefault = \"allow\"\n");
    for (file, arguments) in [
        ("traffic.jsonl", "--traffic -"),
        ("traffic.jsonl", "--traffic /dev/stdin"),
        ("policy.toml", "--traffic traffic.jsonl --policy /dev/stdin"),
    ] {
        // What is served after all is ended, rather than waited for.
        let line = format!("cat {file} | timeout 20 sinch-gate report {arguments} --serve 127.0.0.1:0");
        tool.run_line(&line).exits(1).says("can be read only once").says("hint: save it to a file");
    }
}
