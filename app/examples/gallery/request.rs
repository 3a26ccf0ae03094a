//! A request, tab by tab and state by state.

use std::io;

use gantry_app::{Change, CostLine, CostView, NavItem, PlanView, Status, Tone, pages::*, routes};

use crate::{
    Gallery, HYPHENATED, LONG_PERSON, UNBROKEN, ago, hundred,
    plan::{change_plan, long_named, shapes, web_service},
    text,
};

pub fn pages(gallery: &Gallery) -> io::Result<()> {
    let decide = request::DecisionBar {
        approve: Some(text("Create orders in production: 14 to create, $58.12 a month")),
        reject: true,
        ask_for_changes: true,
        seal: text("5c0f9a1be2d4"),
        plan_again: Some(Tone::Plain),
        withdraw: Some(text(WITHDRAWAL)),
        refused: vec![refused("Edit", "Only the person who asked may change what is asked for.")],
        ..request::DecisionBar::default()
    };
    let edited_bar = decide.clone();
    gallery.page("request-plan", NavItem::Requests, a_request(request::RequestTab::Plan, decide))?;
    let own = request::DecisionBar {
        edit: Some(routes::request_edit("req-7F3K2M")),
        plan_again: Some(Tone::Plain),
        withdraw: Some(text(WITHDRAWAL)),
        refused: vec![refused(
            "Approve, ask for changes, reject",
            "You cannot decide about your own request; someone else has to.",
        )],
        ..request::DecisionBar::default()
    };
    for (name, tab) in [
        ("request-inputs", request::RequestTab::Inputs),
        ("request-cost", request::RequestTab::Cost),
        ("request-decisions", request::RequestTab::Decisions),
        ("request-activity", request::RequestTab::Activity),
    ] {
        gallery.page(name, NavItem::Requests, a_request(tab, own.clone()))?;
    }
    let mut stale = a_request(
        request::RequestTab::Plan,
        request::DecisionBar {
            plan_again: Some(Tone::Primary),
            refused: vec![refused(
                "Approve",
                "Something changed since this was planned; it has to be planned again first.",
            )],
            ..request::DecisionBar::default()
        },
    );
    stale.status = Status::Stale;
    stale.stale = Some(request::Stale {
        why: text("Somebody changed the service outside Gantry since this was planned."),
        differences: vec![request::Difference {
            sentence: text("It would now update the service (ECS service) instead of leaving it."),
            changes: vec![Change {
                field: text("desired count"),
                before: Some(text("5")),
                after: Some(text("2")),
                replaces: false,
            }],
        }],
    });
    stale.plan = Some(change_plan());
    gallery.page("request-stale", NavItem::Requests, stale)?;
    let mut wanted = a_request(
        request::RequestTab::Plan,
        request::DecisionBar {
            edit: Some(routes::request_edit("req-7F3K2M")),
            my_turn: true,
            withdraw: Some(text(WITHDRAWAL)),
            refused: vec![refused("Plan again", "Changes were asked for; the requester has to edit it first.")],
            ..request::DecisionBar::default()
        },
    );
    wanted.status = Status::ChangesWanted;
    wanted.sentence = text("Changes were asked for. Nothing happens before it has been edited and approved.");
    wanted.asked = Some(request::Asked {
        who: text("Grace Hopper"),
        text: text("Two tasks are not enough for the autumn sale. Four, please, and spread over both zones."),
        when: ago(40),
    });
    wanted.expiry = Some(request::Expiry { when: ago(-2 * 24 * 60), soon: true });
    gallery.page("request-changes-wanted", NavItem::Requests, wanted)?;
    for (name, tab) in [
        ("request-edited", request::RequestTab::Plan),
        ("request-edited-inputs", request::RequestTab::Inputs),
        ("request-edited-decisions", request::RequestTab::Decisions),
        ("request-edited-activity", request::RequestTab::Activity),
    ] {
        let mut edited = a_request(tab, edited_bar.clone());
        edited.edited = Some(edit_note());
        edited.inputs[0].before = Some(text("public.ecr.aws/nginx/nginx:latest"));
        gallery.page(name, NavItem::Requests, edited)?;
    }
    let back = request::EditNote { changes: vec![], plan: vec![], ..edit_note() };
    let back = request::RequestPage { edited: Some(back), ..a_request(request::RequestTab::Plan, edited_bar.clone()) };
    gallery.page("request-edited-back", NavItem::Requests, back)?;
    shapes_of_plans(gallery)?;
    rare_states(gallery, edited_bar)?;
    long_names(gallery)
}

/// The graph of a plan, small and large.
fn shapes_of_plans(gallery: &Gallery) -> io::Result<()> {
    for (name, steps) in shapes() {
        let page = request::RequestPage {
            plan: Some(PlanView { expected_seconds: Some(232), ..PlanView::new(steps, text("5c0f9a1be2d4")) }),
            ..a_request(request::RequestTab::Plan, request::DecisionBar::default())
        };
        gallery.page(&format!("plan-{name}"), NavItem::Requests, page)?;
    }
    Ok(())
}

fn rare_states(gallery: &Gallery, may_decide: request::DecisionBar) -> io::Result<()> {
    let nothing = |tab| request::RequestPage {
        plan: None,
        inputs: vec![],
        decisions: vec![],
        timeline: vec![],
        approvals: vec![],
        reason: String::new(),
        stack: None,
        expiry: None,
        ..a_request(tab, request::DecisionBar::default())
    };
    let many = |tab| {
        let page = a_request(tab, may_decide.clone());
        request::RequestPage {
            inputs: hundred(&page.inputs),
            decisions: hundred(&page.decisions),
            timeline: hundred(&page.timeline),
            ..page
        }
    };
    for (name, tab) in TABS {
        gallery.page(&format!("request-nothing-{name}"), NavItem::Requests, nothing(tab))?;
        if tab != request::RequestTab::Plan {
            gallery.page(&format!("request-hundred-{name}"), NavItem::Requests, many(tab))?;
        }
    }
    bars(gallery, &may_decide)?;
    let speechless = request::RequestPage {
        comment: Some(request::CommentForm { text: text(" "), error: Some(text("A comment needs a word at least.")) }),
        ..a_request(request::RequestTab::Activity, may_decide)
    };
    gallery.page("request-comment-error", NavItem::Requests, speechless)?;
    let done = request::RequestPage {
        status: Status::Succeeded,
        sentence: text("Carried out: all 14 resources are made."),
        run_id: Some(text("run-2M9Q4T")),
        expiry: None,
        ..a_request(request::RequestTab::Plan, request::DecisionBar::default())
    };
    gallery.page("request-done", NavItem::Requests, done)
}

/// What the bar says besides what can be done, and a decision that no longer counts.
fn bars(gallery: &Gallery, may_decide: &request::DecisionBar) -> io::Result<()> {
    let too_long = "Please say it in 2,000 characters or fewer.";
    let why = "The old one does it after all, and we would rather look at this again after the sale.";
    let on_plan = |bar| a_request(request::RequestTab::Plan, bar);
    for (name, about, error, typed) in [
        ("request-decision-error", request::Said::Reject, "Say why, so that the requester can act on it.", ""),
        ("request-approve-error", request::Said::Approve, too_long, why),
        ("request-withdraw", request::Said::Withdraw, too_long, why),
    ] {
        let bar =
            request::DecisionBar { error: Some(text(error)), typed: Some((about, text(typed))), ..may_decide.clone() };
        gallery.page(name, NavItem::Requests, on_plan(bar))?;
    }
    let late = request::DecisionBar {
        error: Some(text("This request is being carried out already.")),
        typed: Some((request::Said::Reject, text(why))),
        ..request::DecisionBar::default()
    };
    gallery.page("request-decision-late", NavItem::Requests, on_plan(late))?;
    let one_of = "This needs one of: developer of the team, platform role.";
    let viewer = request::DecisionBar {
        refused: vec![
            refused("Approve, ask for changes, reject", "This needs one of: owner of the team, platform role."),
            refused("Edit", "Only the person who asked may change what is asked for."),
            refused("Withdraw, plan again", one_of),
        ],
        ..request::DecisionBar::default()
    };
    gallery.page("request-refused", NavItem::Requests, on_plan(viewer))?;
    for (name, tab) in
        [("request-demoted", request::RequestTab::Plan), ("request-demoted-decisions", request::RequestTab::Decisions)]
    {
        let mut page = a_request(tab, may_decide.clone());
        let (who, did) = (text("Alan Turing"), text("approved, and may no longer decide"));
        page.approvals.insert(
            0,
            request::Approval {
                stage: who.clone(),
                status: Status::Stale,
                is_past: true,
                said: Some(did.clone()),
                when: Some(ago(12)),
            },
        );
        page.decisions.insert(
            0,
            request::DecisionRow {
                who,
                status: Status::Stale,
                did,
                seal: text("5c0f9a1be2d4"),
                when: ago(12),
                ..request::DecisionRow::default()
            },
        );
        gallery.page(name, NavItem::Requests, page)?;
    }
    Ok(())
}

const WITHDRAWAL: &str = "Ends this request for good. Nothing has been made: the name orders and everything else that is \
                          reserved for it are free for others again, and secrets given with it are erased.";

fn refused(what: &str, why: &str) -> request::Refused {
    request::Refused { what: text(what), why: text(why) }
}

fn long_names(gallery: &Gallery) -> io::Result<()> {
    for (name, tab) in TABS {
        let bar = request::DecisionBar {
            refused: vec![refused("Approve", &format!("Only an owner of {HYPHENATED} may decide about {UNBROKEN}."))],
            withdraw: Some(format!("The name {UNBROKEN} is free for others again.")),
            ..request::DecisionBar::default()
        };
        let mut page = a_request(tab, bar);
        page.heading = format!("Create {UNBROKEN} in {HYPHENATED}");
        page.reason = format!("Replaces {UNBROKEN}.");
        page.template = format!("{UNBROKEN}, revision 3");
        page.environment = format!("{HYPHENATED} (eu-central-1)");
        page.team = text(UNBROKEN);
        page.requester = text(LONG_PERSON);
        page.stack = Some((text(UNBROKEN), text("stk-4T9QXN")));
        page.plan = Some(PlanView::new(long_named(), text("5c0f9a1be2d4")));
        page.approvals[0].stage = format!("An owner of {UNBROKEN} or the platform team");
        page.rule.who = format!("One of: an owner of {UNBROKEN} or the platform team");
        for (at, input) in page.inputs.iter_mut().enumerate() {
            input.title = text(if at == 0 { UNBROKEN } else { HYPHENATED });
            input.value = text(UNBROKEN);
            input.now = Some(text(HYPHENATED));
        }
        for line in &mut page.cost.lines {
            line.label = text(HYPHENATED);
            line.detail = text(UNBROKEN);
        }
        for decision in &mut page.decisions {
            decision.who = text(LONG_PERSON);
            decision.said = text(UNBROKEN);
        }
        page.timeline.push(request::TimelineEntry::Comment {
            who: text(LONG_PERSON),
            text: format!("{UNBROKEN}{UNBROKEN}{UNBROKEN}"),
            when: ago(50),
        });
        page.edited = Some(request::EditNote { who: text(LONG_PERSON), ..edit_note() });
        gallery.page_long(&format!("request-long-{name}"), NavItem::Requests, page)?;
    }
    Ok(())
}

const TABS: [(&str, request::RequestTab); 5] = [
    ("plan", request::RequestTab::Plan),
    ("inputs", request::RequestTab::Inputs),
    ("cost", request::RequestTab::Cost),
    ("decisions", request::RequestTab::Decisions),
    ("activity", request::RequestTab::Activity),
];

fn timeline() -> Vec<request::TimelineEntry> {
    let event = |who: &str, did: &str, minutes: i64, status: Status| request::TimelineEvent {
        activity: home::Activity {
            who: text(who),
            did: text(did),
            what: String::new(),
            href: None,
            when: ago(minutes),
        },
        status,
        ..request::TimelineEvent::default()
    };
    let entry = |event: request::TimelineEvent| request::TimelineEntry::Event(Box::new(event));
    vec![
        entry(request::TimelineEvent {
            said: Some(text("The new order service; it replaces the one on the old cluster next week.")),
            ..event("Ada Lovelace", "asked to create orders in production", 60, Status::NeedsApproval)
        }),
        request::TimelineEntry::Comment {
            who: text("Grace Hopper"),
            text: text("How many orders do you expect in the first hour?"),
            when: ago(50),
        },
        entry(request::TimelineEvent {
            said: Some(text("Two tasks are not enough for the autumn sale. Four, please.")),
            ..event("Grace Hopper", "asked for changes of the request to create orders", 40, Status::ChangesWanted)
        }),
        entry(request::TimelineEvent {
            changes: edit_note().changes,
            plan: edit_note().plan,
            ..event("Ada Lovelace", "edited the request to create orders", 9, Status::NeedsApproval)
        }),
    ]
}

pub fn edit_note() -> request::EditNote {
    let change = |field: &str, before: &str, after: &str| Change {
        field: text(field),
        before: Some(text(before)),
        after: Some(text(after)),
        replaces: false,
    };
    request::EditNote {
        heading: text("What changed since your decision"),
        who: text("Ada Lovelace"),
        when: ago(9),
        changes: vec![change("Tasks", "2", "4"), change("Reason", "—", "For the autumn sale.")],
        plan: vec![
            request::Difference {
                sentence: text("What it does to the service (ECS service) is different."),
                changes: vec![change("desired_count", "2", "4")],
            },
            request::Difference { sentence: text("It would cost $93.66 a month instead of $58.12."), changes: vec![] },
        ],
    }
}

fn a_request(tab: request::RequestTab, decision: request::DecisionBar) -> request::RequestPage {
    request::RequestPage {
        id: text("req-7F3K2M"),
        heading: text("Create orders in production"),
        status: Status::NeedsApproval,
        sentence: text("Waits for one owner of Payments to approve the plan."),
        reason: text("The new order service; it replaces the one on the old cluster next week."),
        template: text("Web service, revision 3"),
        template_href: routes::template("web-service"),
        environment: text("production (eu-central-1)"),
        team: text("Payments"),
        requester: text("Ada Lovelace"),
        requested: ago(14),
        stack: Some((text("orders"), text("stk-4T9QXN"))),
        run_id: None,
        start_from: Some(routes::template_request_from("web-service", "req-7F3K2M")),
        tab,
        plan: Some(PlanView { expected_seconds: Some(232), ..PlanView::new(web_service(), text("5c0f9a1be2d4")) }),
        stale: None,
        asked: None,
        edited: None,
        expiry: Some(request::Expiry { when: ago(-13 * 24 * 60), soon: false }),
        inputs: vec![
            request::InputValue {
                name: text("image"),
                title: text("Image"),
                value: text("public.ecr.aws/nginx/nginx:1.27"),
                now: Some(text("public.ecr.aws/nginx/nginx:1.26")),
                before: None,
            },
            request::InputValue {
                name: text("container_port"),
                title: text("Container port"),
                value: text("8080"),
                now: None,
                before: None,
            },
            request::InputValue {
                name: text("secrets"),
                title: text("Secrets"),
                value: text("DATABASE_URL (set)"),
                now: None,
                before: None,
            },
        ],
        cost: cost(),
        timeline: timeline(),
        comment: Some(request::CommentForm::default()),
        approvals: vec![request::Approval {
            stage: text("An owner of Payments or the platform team"),
            status: Status::NeedsApproval,
            ..request::Approval::default()
        }],
        rule: request::Rule { who: text("One of: an owner of Payments or the platform team"), given: 0, needed: 1 },
        decisions: vec![
            request::DecisionRow {
                who: text("Grace Hopper"),
                status: Status::ChangesWanted,
                did: text("asked for changes"),
                said: text("Two tasks are not enough for the autumn sale. Four, please."),
                seal: text("0b77d1c2a9f35e"),
                counts: false,
                earlier_plan: true,
                when: ago(40),
            },
            request::DecisionRow {
                who: text("Alan Turing"),
                status: Status::Stale,
                did: text("approved an earlier plan"),
                said: String::new(),
                seal: text("0b77d1c2a9f35e"),
                counts: false,
                earlier_plan: true,
                when: ago(55),
            },
        ],
        decision,
    }
}

pub fn cost() -> CostView {
    let line = |label: &str, detail: &str, amount: &str| CostLine {
        label: label.into(),
        detail: detail.into(),
        amount: amount.into(),
    };
    CostView {
        monthly: text("$58.12"),
        delta: Some(text("+$17.77")),
        lines: vec![
            line("Fargate, 2 tasks", "0.5 vCPU, 1 GB, 730 h each", "$35.54"),
            line("Load balancer", "730 h and 1 capacity unit", "$21.90"),
            line("Logs", "1 GB taken in, kept 30 days", "$0.68"),
        ],
        source: text("AWS price list of 1 Nov 2026, eu-central-1."),
        notes: vec![text("Data transfer is not included.")],
    }
}
