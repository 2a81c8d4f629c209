//! Chromium without a window, driven over its debugging pipe
//! (chromedevtools.github.io/devtools-protocol): what a reader would do, and what the page then says.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::repository;

/// Longest time that an answer may take on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser with one page open; it ends with its value.
pub(crate) struct Browser {
    process: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    asked: u64,
    session: Option<String>,
    events: Vec<Value>,
    _folder: tempfile::TempDir,
}

impl Browser {
    /// Starts one, or says that there is none.
    pub(crate) fn start() -> Option<Self> {
        let found = Command::new(repository("scripts/get-chromium"))
            .stderr(Stdio::inherit())
            .output()
            .expect("the script starts");
        match found.status.code() {
            Some(0) => {}
            Some(3) => {
                println!("skipped: there is no Chromium");
                return None;
            }
            _ => panic!("get-chromium: {}", found.status),
        }
        let program = String::from_utf8(found.stdout).expect("a path");
        let folder = tempfile::tempdir().expect("a temporary folder");
        // The browser reads commands from 3 and writes to 4; no sandbox, as tests may run as root.
        let mut process = Command::new("sh")
            .args(["-c", "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null", "sh", program.trim()])
            .args(["--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu"])
            .args(["--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking"])
            .arg(format!("--user-data-dir={}", folder.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the shell starts");
        let to = process.stdin.take().expect("a pipe");
        let from = messages(process.stdout.take().expect("a pipe"));
        let (asked, session, events) = (0, None, Vec::new());
        let mut browser = Self { process, to, from, asked, session, events, _folder: folder };
        browser.attach();
        Some(browser)
    }

    fn attach(&mut self) {
        let target = self.ask("Target.createTarget", json!({"url": "about:blank"}));
        let target = json!({"targetId": target["targetId"], "flatten": true});
        let session = self.ask("Target.attachToTarget", target);
        self.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            self.ask(&format!("{domain}.enable"), json!({}));
        }
        self.resize(1280, 900);
    }

    /// Asks for something and waits for the answer.
    pub(crate) fn ask(&mut self, method: &str, parameters: Value) -> Value {
        self.asked += 1;
        let mut message = json!({"id": self.asked, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.to.write_all(format!("{message}\0").as_bytes()).expect("the browser listens");
        let asked = json!(self.asked);
        let mut answer = self.wait(method, |message| message["id"] == asked);
        assert!(answer["error"].is_null(), "{method}: {answer}");
        answer["result"].take()
    }

    /// Waits for a message; others are kept.
    fn wait(&mut self, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let message = self.from.recv_timeout(left).unwrap_or_else(|_| panic!("no {what}"));
            if is_it(&message) {
                return message;
            }
            self.events.push(message);
        }
    }

    /// Opens a file and waits until it has loaded.
    pub(crate) fn open(&mut self, file: &Path, hash: &str) {
        // From one part of a page to another would be no load.
        self.load("about:blank");
        self.load(&format!("file://{}{hash}", file.display()));
    }

    fn load(&mut self, address: &str) {
        self.ask("Page.navigate", json!({"url": address}));
        self.wait("load", |message| message["method"] == "Page.loadEventFired");
    }

    /// What an expression gives, once it is there.
    pub(crate) fn eval(&mut self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let mut answer = self.ask("Runtime.evaluate", asked);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        answer["result"]["value"].take()
    }

    /// Waits until an expression is true: the browser takes its time for some things.
    pub(crate) fn until(&mut self, expression: &str) {
        let end = Instant::now() + PATIENCE;
        while self.eval(expression) != true {
            assert!(Instant::now() < end, "never: {expression}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The text of an element.
    pub(crate) fn text(&mut self, selector: &str) -> String {
        let text = self.eval(&format!("document.querySelector({selector:?}).textContent"));
        text.as_str().expect("text").to_owned()
    }

    /// Presses the mouse in the middle of an element.
    pub(crate) fn click(&mut self, selector: &str) {
        let at = self.eval(&format!(
            "(() => {{ const it = document.querySelector({selector:?});
               it.scrollIntoView({{ block: 'center', behavior: 'instant' }});
               const box = it.getBoundingClientRect();
               return [box.x + box.width / 2, box.y + box.height / 2]; }})()"
        ));
        self.press(at[0].as_f64().expect("x"), at[1].as_f64().expect("y"));
    }

    /// Presses the mouse at a point of the window.
    pub(crate) fn press(&mut self, x: f64, y: f64) {
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            let event = json!({"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1});
            self.ask("Input.dispatchMouseEvent", event);
        }
    }

    /// Presses a key that has a name.
    pub(crate) fn key(&mut self, name: &str) {
        for kind in ["rawKeyDown", "keyUp"] {
            self.ask("Input.dispatchKeyEvent", json!({"type": kind, "key": name, "code": name}));
        }
    }

    /// Types into what has the focus.
    pub(crate) fn type_in(&mut self, text: &str) {
        self.ask("Input.insertText", json!({"text": text}));
    }

    pub(crate) fn resize(&mut self, width: u32, height: u32) {
        let (scale, mobile) = (1, width < 600);
        let metrics =
            json!({"width": width, "height": height, "deviceScaleFactor": scale, "mobile": mobile});
        self.ask("Emulation.setDeviceMetricsOverride", metrics);
    }

    /// Errors, warnings and dialogs so far, and whatever was asked for beside the file.
    pub(crate) fn complaints(&mut self) -> Vec<String> {
        // All events of what was done before have come when this is answered.
        self.eval("new Promise((done) => setTimeout(done, 50))");
        let is_complaint = |event: &&Value| match event["method"].as_str().unwrap_or_default() {
            "Runtime.exceptionThrown" | "Page.javascriptDialogOpening" => true,
            "Runtime.consoleAPICalled" => true,
            "Log.entryAdded" => true,
            "Network.requestWillBeSent" => {
                let address = event["params"]["request"]["url"].as_str().unwrap_or_default();
                // A worker's script is the page's own.
                !address.starts_with("file://")
                    && address != "about:blank"
                    && !address.starts_with("blob:")
            }
            _ => false,
        };
        self.events.iter().filter(is_complaint).map(Value::to_string).collect()
    }
}

/// Messages end with a NUL.
fn messages(from: impl std::io::Read + Send + 'static) -> Receiver<Value> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let parts = BufReader::new(from).split(0).map_while(Result::ok);
        for message in parts.filter_map(|bytes| serde_json::from_slice(&bytes).ok()) {
            if sender.send(message).is_err() {
                return;
            }
        }
    });
    receiver
}

impl Drop for Browser {
    fn drop(&mut self) {
        // When its pipe is closed it ends, with the processes that it has started.
        let _ = self.to.write_all(b"{\"id\":0,\"method\":\"Browser.close\"}\0");
        for _ in 0..100 {
            if matches!(self.process.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
