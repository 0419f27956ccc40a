//! Chromium, driven over HTTP by its own driver (`WebDriver`), and beyond that by its developers' protocol.
//!
//! On Debian, `apt-get install chromium chromium-driver` brings both. Where they are missing, a test that
//! needs them says so and passes.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::{Method, Request};

/// A browser with one page.
pub(crate) struct Browser {
    driver: Child,
    /// Held open, since the driver goes on writing.
    _output: BufReader<ChildStdout>,
    agent: Agent,
    /// The address of the driver, and from the first call on that of the session.
    address: String,
}

/// Whether a page is looked at by day or by night.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Theme {
    Light,
    Dark,
}

impl Browser {
    /// A browser; `None` where there is none on this machine.
    pub(crate) fn open() -> Option<Self> {
        let Some((driver, output, port)) = start_driver() else {
            eprintln!("SKIPPED: no chromedriver on this machine; `apt-get install chromium chromium-driver`");
            return None;
        };
        let address = format!("http://127.0.0.1:{port}");
        let agent = Agent::config_builder().http_status_as_error(false).build().into();
        let mut browser = Self { driver, _output: output, agent, address };
        let arguments = ["--headless=new", "--no-sandbox", "--hide-scrollbars", "--disable-dev-shm-usage"];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": arguments},
            "timeouts": {"script": 300_000},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }}});
        let session = browser.call(Method::POST, "/session", &wanted);
        browser.address.push_str("/session/");
        browser.address.push_str(session["sessionId"].as_str().unwrap());
        Some(browser)
    }

    fn call(&self, method: Method, path: &str, body: &Value) -> Value {
        let body = if method == Method::POST { body.to_string() } else { String::new() };
        let request = Request::builder().method(method).uri(format!("{}{path}", self.address));
        let request = request.header("content-type", "application/json").body(body).unwrap();
        let mut answer = self.agent.run(request).unwrap();
        let text = answer.body_mut().with_config().limit(1 << 28).read_to_string().unwrap();
        let mut answer: Value = serde_json::from_str(&text).unwrap();
        let value = answer["value"].take();
        assert!(value.get("error").is_none(), "{path}: {value:#}");
        value
    }

    fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.call(Method::POST, "/goog/cdp/execute", &json!({"cmd": command, "params": parameters}))
    }

    /// Looks through a window of this size, by day or by night.
    pub(crate) fn look(&self, width: u32, height: u32, theme: Theme) {
        let scheme = if theme == Theme::Light { "light" } else { "dark" };
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500});
        self.devtools("Emulation.setDeviceMetricsOverride", &size);
        let scheme = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.devtools("Emulation.setEmulatedMedia", &scheme);
    }

    /// Opens a page by its address.
    pub(crate) fn open_page(&self, url: &str) {
        self.call(Method::POST, "/url", &json!({"url": url}));
    }

    /// What the body of a function of JavaScript returns in the page.
    pub(crate) fn run(&self, script: &str) -> Value {
        self.call(Method::POST, "/execute/sync", &json!({"script": script, "args": []}))
    }

    /// What the body of a function gives to `done`.
    pub(crate) fn run_until_done(&self, script: &str) -> Value {
        let script = format!("const done = arguments[0];{script}");
        self.call(Method::POST, "/execute/async", &json!({"script": script, "args": []}))
    }

    /// Presses keys one after the other.
    pub(crate) fn press(&self, keys: &[&str]) {
        let strokes = keys
            .iter()
            .flat_map(|key| ["keyDown", "keyUp"].map(|stroke| json!({"type": stroke, "value": key})));
        let keyboard = json!({"type": "key", "id": "keyboard", "actions": strokes.collect::<Vec<_>>()});
        self.call(Method::POST, "/actions", &json!({"actions": [keyboard]}));
    }

    /// Lets pages write to the clipboard and read it.
    pub(crate) fn allow_clipboard(&self) {
        let permissions = json!({"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]});
        self.devtools("Browser.grantPermissions", &permissions);
    }

    /// What the page wrote to the console since this was asked last, such as what its policy forbade.
    pub(crate) fn messages(&self) -> Vec<String> {
        self.log("browser").iter().map(|entry| entry["message"].to_string()).collect()
    }

    /// What was asked for since this was asked last, by address.
    pub(crate) fn requests(&self) -> Vec<String> {
        let events = self.log("performance");
        let events = events.iter().filter_map(|entry| entry["message"].as_str());
        let events = events.map(|event| serde_json::from_str::<Value>(event).unwrap()["message"].take());
        let requests = events.filter(|event| event["method"] == "Network.requestWillBeSent");
        requests.map(|event| event["params"]["request"]["url"].as_str().unwrap().to_owned()).collect()
    }

    fn log(&self, name: &str) -> Vec<Value> {
        let entries = self.call(Method::POST, "/se/log", &json!({"type": name}));
        entries.as_array().unwrap().clone()
    }

    /// What is seen, as a PNG in base64.
    pub(crate) fn picture(&self) -> String {
        self.call(Method::GET, "/screenshot", &Value::Null).as_str().unwrap().to_owned()
    }
}

/// Starts the driver, and waits for the port on which it listens; `None` where there is no driver.
fn start_driver() -> Option<(Child, BufReader<ChildStdout>, String)> {
    for _ in 0..10 {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null());
        let mut driver = command.spawn().ok()?;
        let mut output = BufReader::new(driver.stdout.take().unwrap());
        let port = output.by_ref().lines().map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            Some(port.trim_end_matches('.').to_owned())
        });
        if let Some(port) = port {
            return Some((driver, output, port));
        }
        // The port that it chose was free for one version of IP alone: it gives up then.
        driver.wait().unwrap();
    }
    panic!("chromedriver finds no port");
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It ends the browser; where it fails, the driver does when it ends.
        let _ = self.agent.delete(&self.address).call();
        let _ = Command::new("kill").args(["-TERM", &self.driver.id().to_string()]).status();
        let _ = self.driver.wait();
    }
}
