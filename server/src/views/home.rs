//! Home.

use app::{
    Moment,
    pages::home::{HomePage, Need},
    routes,
};
use domain::{DateTime, Utc, cost::dollars, people::Actor, request::RequestStatus};
use service::Home;

use super::{plan, request, run, stack, status};

fn needs(home: &Home, now: DateTime<Utc>) -> Vec<Need> {
    let decide = home.inbox.iter().map(|card| Need {
        key: card.request.id.to_string(),
        status: status::of_request(card.request.status),
        title: card.title(),
        href: format!("{}?request={}", routes::INBOX, card.request.id),
        detail: format!("{}, {} a month", plan::counts(&card.request.plan), dollars(card.request.cost.monthly_micros)),
        who: card.requester_name.clone(),
        when: Moment::new(card.request.created_at, now),
    });
    let choose = home.choices.iter().map(|waits| Need {
        key: waits.run.id.to_string(),
        status: status::of_run(waits.run.status),
        title: waits.card.title(),
        href: routes::run(waits.run.id.as_str()),
        detail: "The run has stopped and waits for a choice".to_owned(),
        who: waits.card.requester_name.clone(),
        when: Moment::new(waits.run.created_at, now),
    });
    let own = home.own.iter().map(|card| Need {
        key: card.request.id.to_string(),
        status: status::of_request(card.request.status),
        title: card.title(),
        href: routes::request(card.request.id.as_str()),
        detail: match card.request.status {
            RequestStatus::ChangesWanted => "Changes were asked for: edit it".to_owned(),
            _ => "Something changed since it was planned: plan it again".to_owned(),
        },
        who: card.requester_name.clone(),
        when: Moment::new(card.request.updated_at, now),
    });
    choose.chain(decide).chain(own).collect()
}

/// The page.
pub fn page(home: &Home, actor: &Actor, now: DateTime<Utc>) -> HomePage {
    HomePage {
        name: actor.user.name.split(' ').next().unwrap_or_default().to_owned(),
        needs_me: needs(home, now),
        running: home.runs.iter().map(|card| run::card(card, now)).collect(),
        stacks: home.stacks.iter().map(|card| stack::row(card, now)).collect(),
        stack_count: home.totals.count,
        stack_cost: dollars(home.totals.monthly_micros),
        activity: home.activity.iter().map(|event| request::activity(event, now)).collect(),
        may_request: home.may_request,
    }
}
