//! Hours of the week as a heat map, which is a table: the figure stands in each cell.

use maud::{Markup, html};

use super::figure::scrolled;
use super::text::{count, share};
use crate::report::model::{HourOfWeek, Model};

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// The shades, without that of nothing.
const SHADES: f64 = 7.0;

/// When people ask, and when what they ask for is not verified.
pub(super) fn section(model: &Model) -> Markup {
    html! {
        section #hours aria-labelledby="hours-title" {
            h2 #hours-title { "Hours of the week" }
            p.aside { "Over all weeks of the span, in UTC. The stronger the colour, the more." }
            h3 { "Requests" }
            (map(model, "requests", "heat", |hour| hour.requests))
            h3 { "Allowed and not verified" }
            (map(model, "unverified", "heat alarm", |hour| hour.unverified))
        }
    }
}

fn map(model: &Model, what: &str, class: &str, of: fn(&HourOfWeek) -> u64) -> Markup {
    let hours = &model.hours;
    let caption = format!("{what} by weekday and hour");
    let most = hours.iter().map(of).max().unwrap_or(0);
    let table = html! {
        table class=(class) id=(format!("hours-{what}")) {
            caption.unseen { (caption) }
            thead { tr {
                td {}
                @for hour in 0..24 { th scope="col" { (hour) } }
            } }
            tbody {
                @for (day, name) in DAYS.iter().enumerate() {
                    tr {
                        th scope="row" { (name) }
                        @for hour in hours.iter().filter(|hour| usize::from(hour.weekday) == day + 1) {
                            @let number = of(hour);
                            td class=(format!("shade-{}", shade(number, most))) { span { (count(number)) } }
                        }
                    }
                }
            }
        }
    };
    scrolled(&caption, &table)
}

/// The shade of a count: its square root decides, so that an attack leaves the usual day visible.
fn shade(number: u64, most: u64) -> u8 {
    let shade = (SHADES * share(number, most).sqrt()).ceil();
    (0..=7_u8).find(|step| f64::from(*step) >= shade).unwrap_or(7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_has_no_shade_and_the_most_has_the_darkest() {
        assert_eq!([0, 1, 25, 50, 100].map(|number| shade(number, 100)), [0, 1, 4, 5, 7]);
        assert_eq!(shade(0, 0), 0);
    }
}
