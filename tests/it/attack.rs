//! `docs/attack.md`, followed word by word during an attack: its commands are run in its order, and the
//! attack ends.

use crate::documented_commands::{blocks, commands_of};
use crate::world::night::Night;
use crate::world::tool::{Run, read};

const PAGE: &str = "docs/attack.md";

/// The page, from its top to its end.
struct Page {
    commands: std::vec::IntoIter<String>,
}

impl Page {
    fn open() -> Self {
        Self { commands: commands_of(PAGE).into_iter() }
    }

    /// Runs the next command, which must be this one.
    #[track_caller]
    fn follow(&mut self, night: &Night, what: &str) -> Run {
        let command = self.commands.next().unwrap_or_else(|| panic!("{PAGE} has no command `{what}`"));
        assert!(command.starts_with(&format!("sinch-gate {what} ")), "{PAGE} has another command: {command}");
        night.run_line(&command)
    }

    #[track_caller]
    fn ended(mut self) {
        assert_eq!(self.commands.next(), None, "{PAGE} goes on");
    }
}

#[test]
fn whoever_follows_the_page_stops_the_attack_and_no_customer_is_denied() {
    let mut night = Night::begin();
    let mut page = Page::open();
    for n in 605..609 {
        night.sign_up(&format!("+46701740{n}"));
    }
    assert_eq!(night.attack("+998993941", 0..24), 24);

    // 1 and 2: what is attacked, and by what.
    page.follow(&night, "status").exits(0).shows("UZ").shows("+998993941*");
    let passing = page.follow(&night, "outcome tail").exits(0);
    assert_eq!(passing.stdout.matches("UZ").count(), 24, "{passing}");

    // 3 and 4: the range is blocked.
    page.follow(&night, "list add").exits(0).says("+99899394* is on blocklist until");
    night.take_up();
    assert_eq!(night.attack("+998993942", 0..4), 0);
    page.follow(&night, "policy explain").exits(2).shows("deny by rule blocked");
    let denied = page.follow(&night, "outcome tail").exits(0);
    assert_eq!(denied.stdout.matches("listed as +99899394*").count(), 4, "{denied}");

    // 5: it moves on, and is stopped by a rule.
    assert_eq!(night.attack("+998993951", 0..6), 6);
    page.follow(&night, "policy show").exits(0);
    let in_force = std::fs::read_to_string(night.tool.file("policy.toml")).unwrap();
    let [rule] = &blocks(&read(PAGE), "toml")[..] else { panic!("{PAGE} shows one rule") };
    night.tool.write("policy.toml", &format!("{in_force}\n{rule}\n"));
    page.follow(&night, "policy check").exits(0);
    page.follow(&night, "policy explain").exits(0).shows("allow");
    page.follow(&night, "policy apply").exits(0).says("version 2 is in force");
    night.take_up();
    assert_eq!(night.attack("+998993952", 0..20), 3);
    night.sign_up("+46701740605");
    night.sign_up("+46701740655");
    page.follow(&night, "policy rollback").exits(0).says("version 3 is in force");
    night.take_up();
    assert_eq!(night.attack("+998993953", 0..4), 4);

    // 6: everybody may sign up again.
    page.follow(&night, "list show").exits(0).shows("+99899394*").shows("pumping");
    page.follow(&night, "list remove").exits(0);
    night.take_up();
    night.sign_up("+998993942000");
    page.ended();
}
