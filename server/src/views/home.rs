//! Home.

use app::{
    Moment,
    pages::home::{HomePage, Need},
    routes,
};
use domain::{DateTime, Utc, cost::dollars, people::Actor, request::RequestStatus, run::Hands};
use service::{Home, runs::RunCard};

use super::{request, run, stack, status};

fn needs(home: &Home, now: DateTime<Utc>) -> Vec<Need> {
    let decide = home.inbox.iter().map(|one| Need {
        key: one.id.to_string(),
        status: status::of_request(one.status),
        title: one.title(),
        href: format!("{}?request={}", routes::INBOX, one.id),
        detail: format!("{} a month", dollars(one.monthly_micros)),
        who: one.requester_name.clone(),
        when: Moment::new(one.created_at, now),
    });
    let in_hand = home.in_hand.iter().map(|waits| in_hand(waits, now));
    let choose = home.choices.iter().map(|waits| Need {
        key: waits.run.id.to_string(),
        status: status::of_run(waits.run.status),
        title: waits.card.title(),
        href: routes::run(waits.run.id.as_str()),
        detail: match &waits.state.handed {
            Some(handed) => format!("In the hands of {}", handed.name),
            None => "The run has stopped and waits for a choice".to_owned(),
        },
        who: waits.card.requester_name.clone(),
        when: Moment::new(waits.run.created_at, now),
    });
    let own = home.own.iter().map(|one| Need {
        key: one.id.to_string(),
        status: status::of_request(one.status),
        title: one.title(),
        href: routes::request(one.id.as_str()),
        detail: match one.status {
            RequestStatus::ChangesWanted => "Changes were asked for: edit it".to_owned(),
            _ => "Something changed since it was planned: plan it again".to_owned(),
        },
        who: one.requester_name.clone(),
        when: Moment::new(one.updated_at, now),
    });
    in_hand.chain(choose).chain(decide).chain(own).collect()
}

/// A run that somebody handed to the reader, or to a team of theirs.
pub fn in_hand(waits: &RunCard, now: DateTime<Utc>) -> Need {
    let handed = waits.state.handed.as_ref();
    let whom = match handed {
        Some(handed) if handed.to == Hands::Platform => "Handed to the platform team",
        Some(handed) if handed.by == handed.name => "You took it in hand",
        _ => "Handed to you",
    };
    let note = handed.map(|handed| handed.note.as_str()).filter(|note| !note.is_empty());
    Need {
        key: waits.run.id.to_string(),
        status: status::of_run(waits.run.status),
        title: waits.card.title(),
        href: routes::run(waits.run.id.as_str()),
        detail: note.map_or_else(|| whom.to_owned(), |note| format!("{whom}: {}", beginning(note))),
        who: handed.map(|handed| handed.by.clone()).unwrap_or_default(),
        when: Moment::new(handed.map_or(waits.run.created_at, |handed| handed.since), now),
    }
}

/// As much of a text as one line of a list has room for.
fn beginning(text: &str) -> String {
    const MOST: usize = 80;
    let short: String = text.chars().take(MOST).collect();
    if short.len() < text.len() { format!("{}…", short.trim_end()) } else { short }
}

/// Where the rest of it is.
fn more_needs(home: &Home) -> Vec<(String, String)> {
    let decisions = (home.inbox_count > (home.inbox.len() + home.in_hand.len()) as u64)
        .then(|| (format!("All {} in the inbox", home.inbox_count), routes::INBOX.to_owned()));
    let others = home.more_waits.then(|| ("All open requests".to_owned(), routes::REQUESTS.to_owned()));
    decisions.into_iter().chain(others).collect()
}

/// The page.
pub fn page(home: &Home, actor: &Actor, now: DateTime<Utc>) -> HomePage {
    HomePage {
        name: actor.user.name.split(' ').next().unwrap_or_default().to_owned(),
        needs_me: needs(home, now),
        more_needs: more_needs(home),
        running: home.runs.iter().map(|card| run::card(card, now)).collect(),
        stacks: home.stacks.iter().map(|card| stack::row(card, now)).collect(),
        stack_count: home.totals.count,
        stack_cost: dollars(home.totals.monthly_micros),
        activity: home.activity.iter().map(|event| request::activity(event, now)).collect(),
        may_request: home.may_request,
    }
}

#[cfg(test)]
mod tests {
    use super::beginning;

    #[test]
    fn a_long_note_only_begins_in_a_list() {
        assert_eq!(beginning("Is it the quota?"), "Is it the quota?");
        assert_eq!(beginning(&"ä".repeat(80)), "ä".repeat(80));
        assert_eq!(beginning(&format!("{} b", "ä".repeat(79))), format!("{}…", "ä".repeat(79)));
    }
}
