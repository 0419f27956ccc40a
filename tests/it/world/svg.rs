//! A terminal drawn as a picture: text with the escape codes of colours becomes SVG, which is legible on a
//! light and on a dark page.

use std::fmt::Write as _;

/// The width of a column and the height of a line, in pixels.
const COLUMN: usize = 8;
const LINE: usize = 18;

/// The space around the text.
const MARGIN: usize = 16;

const STYLE: &str = "\
.paper{fill:#f6f8fa;stroke:#d0d7de}\
text{font:13.3px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#1f2328}\
.bold{font-weight:bold}.dim{fill:#59636e}.underline{text-decoration:underline}.italic{font-style:italic}\
.red{fill:#b3261e}.green{fill:#116329}.yellow{fill:#7d4e00}.blue{fill:#0550ae}.magenta{fill:#7a3e9d}\
.cyan{fill:#1b6c80}\
@media(prefers-color-scheme:dark){.paper{fill:#0d1117;stroke:#30363d}text{fill:#e6edf3}.dim{fill:#9198a1}\
.red{fill:#ff8178}.green{fill:#56d364}.yellow{fill:#e3b341}.blue{fill:#79c0ff}.magenta{fill:#d2a8ff}\
.cyan{fill:#76e3ea}}";

/// What the text looks like from an escape code on: classes of [`STYLE`].
#[derive(Clone, Default)]
struct Look {
    colour: Option<&'static str>,
    manner: Vec<&'static str>,
}

impl Look {
    fn change(&mut self, code: &str) {
        match code {
            "" | "0" => *self = Self::default(),
            "1" => self.manner.push("bold"),
            "2" => self.manner.push("dim"),
            "3" => self.manner.push("italic"),
            "4" => self.manner.push("underline"),
            "22" => self.manner.retain(|manner| !["bold", "dim"].contains(manner)),
            "23" => self.manner.retain(|manner| *manner != "italic"),
            "24" => self.manner.retain(|manner| *manner != "underline"),
            "30" | "90" | "37" | "97" => self.colour = Some("dim"),
            "31" | "91" => self.colour = Some("red"),
            "32" | "92" => self.colour = Some("green"),
            "33" | "93" => self.colour = Some("yellow"),
            "34" | "94" => self.colour = Some("blue"),
            "35" | "95" => self.colour = Some("magenta"),
            "36" | "96" => self.colour = Some("cyan"),
            "39" => self.colour = None,
            other => panic!("teach this file the escape code {other}"),
        }
    }

    fn class(&self) -> String {
        let classes = self.manner.iter().copied().chain(self.colour);
        let classes: Vec<&str> = classes.collect();
        if classes.is_empty() { String::new() } else { format!(" class=\"{}\"", classes.join(" ")) }
    }
}

/// The picture of a terminal with this text.
pub(crate) fn terminal(title: &str, text: &str) -> String {
    let mut look = Look::default();
    let lines: Vec<Vec<(usize, String, String)>> = text.lines().map(|line| runs(line, &mut look)).collect();
    let ends = lines.iter().flatten().map(|(at, text, _)| at + text.chars().count());
    let width = ends.max().unwrap_or(0) * COLUMN + 2 * MARGIN;
    let height = lines.len() * LINE + 2 * MARGIN;
    let mut svg = String::new();
    let size = format!("width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\"");
    writeln!(svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" {size} role=\"img\">").unwrap();
    writeln!(svg, "<title>{}</title>\n<style>{STYLE}</style>", escaped(title)).unwrap();
    let (inner_width, inner_height) = (width - 1, height - 1);
    writeln!(
        svg,
        "<rect class=\"paper\" x=\".5\" y=\".5\" width=\"{inner_width}\" height=\"{inner_height}\" rx=\"8\"/>"
    )
    .unwrap();
    for (n, line) in lines.iter().enumerate() {
        let y = MARGIN + (n + 1) * LINE - 5;
        for (at, text, class) in line {
            let x = MARGIN + at * COLUMN;
            // The columns stand under each other whatever font is there.
            let length = text.chars().count() * COLUMN;
            let place = format!("x=\"{x}\" y=\"{y}\" textLength=\"{length}\"");
            writeln!(svg, "<text {place}{class} xml:space=\"preserve\">{}</text>", escaped(text)).unwrap();
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// The parts of a line that look the same: where each begins, its text without the space around it, and its
/// class.
fn runs(line: &str, look: &mut Look) -> Vec<(usize, String, String)> {
    let mut runs = Vec::new();
    let mut column = 0;
    for (n, part) in line.split("\u{1b}[").enumerate() {
        let text = match n {
            0 => part,
            _ => {
                let (codes, rest) =
                    part.split_once('m').unwrap_or_else(|| panic!("`{part}` is not a colour"));
                codes.split(';').for_each(|code| look.change(code));
                rest
            }
        };
        let blank = text.chars().take_while(|character| *character == ' ').count();
        if !text.trim().is_empty() {
            runs.push((column + blank, text.trim().to_owned(), look.class()));
        }
        column += text.chars().count();
    }
    runs
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[test]
fn a_colour_lasts_until_it_is_changed_and_columns_keep_their_place() {
    let svg = terminal("a < b", "one  \u{1b}[1;31mtwo\u{1b}[0m  three\n  \u{1b}[2mfour\u{1b}[22m & five");
    for shown in [
        "<title>a &lt; b</title>",
        "<text x=\"16\" y=\"29\" textLength=\"24\" xml:space=\"preserve\">one</text>",
        "<text x=\"56\" y=\"29\" textLength=\"24\" class=\"bold red\" xml:space=\"preserve\">two</text>",
        "<text x=\"96\" y=\"29\" textLength=\"40\" xml:space=\"preserve\">three</text>",
        "<text x=\"32\" y=\"47\" textLength=\"32\" class=\"dim\" xml:space=\"preserve\">four</text>",
        "<text x=\"72\" y=\"47\" textLength=\"48\" xml:space=\"preserve\">&amp; five</text>",
    ] {
        assert!(svg.contains(shown), "no {shown} in\n{svg}");
    }
}
