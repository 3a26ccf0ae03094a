//! What it costs to make a page out of its data: `cargo bench -p gantry-app --features ssr`.

use std::hint::black_box;

use chrono::{Duration, TimeZone, Utc};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gantry_app::{
    Frame, Moment, NavItem, Status,
    pages::{
        audit::{AuditPage, AuditRow},
        errors::NotFoundPage,
        stacks::{StackRow, StacksPage},
    },
    render,
};

fn frame() -> Frame {
    Frame { user_name: "Grace Hopper".into(), active: NavItem::Stacks, may_audit: true, ..Frame::default() }
}

fn moment(minutes: i64) -> Moment {
    let now = Utc.with_ymd_and_hms(2026, 11, 23, 14, 0, 0).single().expect("a real date");
    Moment::new(now - Duration::minutes(minutes), now)
}

fn stacks(rows: usize) -> StacksPage {
    let row = |number: usize| StackRow {
        id: format!("stk-{number:06}"),
        name: format!("orders-{number}"),
        template: "Web service".into(),
        environment: "production".into(),
        team: "Payments".into(),
        status: Status::Succeeded,
        word: "Live".into(),
        endpoint: Some(format!("https://orders-{number}.example.com")),
        cost: Some("$58.12".into()),
        changed: moment(300),
    };
    StacksPage { rows: (0..rows).map(row).collect(), may_request: true, ..StacksPage::default() }
}

fn history(rows: usize) -> AuditPage {
    let row = |number: usize| AuditRow {
        number: number.to_string(),
        when: moment(300),
        who: "Ada Lovelace".into(),
        did: "submitted".into(),
        what: "request req-7F3K2M".into(),
        href: Some("/requests/req-7F3K2M".into()),
        action: "request.submitted".into(),
        ..AuditRow::default()
    };
    AuditPage { rows: (0..rows).map(row).collect(), ..AuditPage::default() }
}

fn pages(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("render");
    group.bench_function("not found", |bencher| {
        bencher.iter(|| black_box(render(frame(), NotFoundPage { what: "stk-4T9QXN".into() })));
    });
    for rows in [0, 50] {
        group.throughput(Throughput::Bytes(render(frame(), stacks(rows)).len() as u64));
        group.bench_with_input(BenchmarkId::new("stacks", rows), &stacks(rows), |bencher, page| {
            bencher.iter(|| black_box(render(frame(), page.clone())));
        });
    }
    group.throughput(Throughput::Bytes(render(frame(), history(50)).len() as u64));
    group.bench_with_input(BenchmarkId::new("history", 50), &history(50), |bencher, page| {
        bencher.iter(|| black_box(render(frame(), page.clone())));
    });
    group.finish();
}

criterion_group!(benches, pages);
criterion_main!(benches);
