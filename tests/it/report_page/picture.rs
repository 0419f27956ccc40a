//! The picture of the page in the README. To draw it anew, with the typeface Inter on the machine:
//! `SINCH_GATE_TEST_DRAW=yes cargo test --test it report_page::picture`.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::{Opened, drilled};
use crate::world::browser::Theme;
use crate::world::tool::repository;

const PICTURE: &str = "docs/report.png";

/// The window that is pictured.
const WIDTH: u32 = 1280;
const HEIGHT: u32 = 800;

#[test]
fn the_picture_of_the_page_is_small_and_of_the_right_size() {
    #[expect(clippy::disallowed_methods, reason = "whoever runs the tests asks for a new picture")]
    if std::env::var_os("SINCH_GATE_TEST_DRAW").is_some()
        && let Some(opened) = Opened::of(&drilled())
    {
        opened.browser.look(WIDTH, HEIGHT, Theme::Light);
        opened.again();
        std::fs::write(repository(PICTURE), BASE64_STANDARD.decode(opened.browser.picture()).unwrap())
            .unwrap();
    }
    let picture = std::fs::read(repository(PICTURE)).unwrap();
    assert!(picture.starts_with(b"\x89PNG") && picture.len() < 200_000, "{} bytes", picture.len());
    let size = [WIDTH.to_be_bytes(), HEIGHT.to_be_bytes()].concat();
    assert_eq!(picture[16..24], size, "see the first lines of this file");
}
