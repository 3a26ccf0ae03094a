//! The monthly estimate of a plan, itemised, from a dated price table.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::{
    Problem,
    kinds::Kind,
    plan::{Act, Plan},
};

/// A month as price lists count it, in hours.
pub const HOURS_A_MONTH: i64 = 730;

/// Unit prices of one region, in millionths of a US dollar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionPrices {
    /// Fargate, Linux on x86: one vCPU for an hour.
    pub fargate_vcpu_hour: i64,
    /// Fargate: one GB of memory for an hour.
    pub fargate_gb_hour: i64,
    /// One Application Load Balancer for an hour.
    pub load_balancer_hour: i64,
    /// One load balancer capacity unit for an hour.
    pub capacity_unit_hour: i64,
    /// One GB of logs taken in.
    pub logs_ingested_gb: i64,
    /// One GB of logs kept for a month.
    pub logs_stored_gb_month: i64,
}

/// A dated list of prices, with the place it was taken from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceTable {
    /// The day on which the prices were taken, `2026-11-23`.
    pub as_of: String,
    /// Where from.
    pub source: String,
    /// Assumptions that turn a resource into quantities.
    pub assumptions: Assumptions,
    /// By region.
    pub regions: BTreeMap<String, RegionPrices>,
}

/// What nobody can know beforehand, said openly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assumptions {
    /// Average capacity units that a load balancer uses, in thousandths.
    pub capacity_units_milli: i64,
    /// GB of logs that one task writes a month, in thousandths.
    pub log_gb_per_task_milli: i64,
}

/// One line of an estimate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The logical name of the resource.
    pub resource: String,
    /// What is paid for, for example `Fargate vCPU, 2 × 0.5`.
    pub what: String,
    /// A month, in millionths of a US dollar.
    pub monthly_micros: i64,
}

/// What a plan costs a month.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estimate {
    /// Line by line.
    pub items: Vec<Item>,
    /// The sum.
    pub monthly_micros: i64,
    /// What the stack costs before the plan.
    pub before_micros: i64,
    /// The day of the prices.
    pub as_of: String,
    /// Where the prices come from.
    pub source: String,
    /// Set where the region has no prices: then the sum means nothing.
    pub unpriced: Option<String>,
}

impl PriceTable {
    /// Parses a table from YAML.
    pub fn parse(yaml: &str) -> Result<Self, Problem> {
        crate::template::yaml::parse_plain(yaml)
    }

    /// What the resources of `plan` cost in `region` once it is done.
    pub fn estimate(&self, plan: &Plan, region: &str, before_micros: i64) -> Estimate {
        let mut estimate =
            Estimate { before_micros, as_of: self.as_of.clone(), source: self.source.clone(), ..Estimate::default() };
        let Some(prices) = self.regions.get(region) else {
            estimate.unpriced = Some(format!("There are no prices for {region} in the table of {}.", self.as_of));
            return estimate;
        };
        let specs: BTreeMap<&str, (Kind, Json)> = plan
            .steps
            .iter()
            .filter(|step| step.act != Act::Delete)
            .filter_map(|step| Some((step.resource.as_str(), (step.kind, step.after.as_ref()?.preview()))))
            .collect();
        for (name, (kind, spec)) in &specs {
            match kind {
                Kind::LoadBalancer => {
                    estimate.add(
                        name,
                        "Application Load Balancer".to_owned(),
                        prices.load_balancer_hour * HOURS_A_MONTH,
                    );
                    let units =
                        prices.capacity_unit_hour * HOURS_A_MONTH * self.assumptions.capacity_units_milli / 1000;
                    let what = format!(
                        "Load balancer capacity, {} units on average",
                        milli(self.assumptions.capacity_units_milli)
                    );
                    estimate.add(name, what, units);
                }
                Kind::EcsService => self.service(&mut estimate, prices, &specs, name, spec),
                _ => {}
            }
        }
        estimate
    }

    fn service(
        &self,
        estimate: &mut Estimate,
        prices: &RegionPrices,
        specs: &BTreeMap<&str, (Kind, Json)>,
        name: &str,
        spec: &Json,
    ) {
        let tasks = spec["desired_count"].as_i64().unwrap_or(0);
        let definition = spec["task_definition"]
            .as_str()
            .and_then(|text| text.strip_prefix("${"))
            .and_then(|text| text.split('.').next())
            .and_then(|resource| specs.get(resource));
        let Some((_, definition)) = definition else { return };
        let cpu = definition["cpu"].as_i64().unwrap_or(0);
        let memory = definition["memory"].as_i64().unwrap_or(0);
        estimate.add(
            name,
            format!("Fargate, {tasks} × {} vCPU", milli(cpu * 1000 / 1024)),
            prices.fargate_vcpu_hour * HOURS_A_MONTH * tasks * cpu / 1024,
        );
        estimate.add(
            name,
            format!("Fargate, {tasks} × {} GB of memory", milli(memory * 1000 / 1024)),
            prices.fargate_gb_hour * HOURS_A_MONTH * tasks * memory / 1024,
        );
        let gb_milli = self.assumptions.log_gb_per_task_milli * tasks;
        estimate.add(
            name,
            format!("Logs, {} GB a month", milli(gb_milli)),
            (prices.logs_ingested_gb + prices.logs_stored_gb_month) * gb_milli / 1000,
        );
    }
}

impl Estimate {
    fn add(&mut self, resource: &str, what: String, monthly_micros: i64) {
        if monthly_micros != 0 {
            self.monthly_micros += monthly_micros;
            self.items.push(Item { resource: resource.to_owned(), what, monthly_micros });
        }
    }
}

fn milli(thousandths: i64) -> String {
    let text = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `$16.43`, rounded to cents.
pub fn dollars(micros: i64) -> String {
    let cents = (micros.abs() + 5_000) / 10_000;
    let sign = if micros < 0 && cents > 0 { "−" } else { "" };
    format!("{sign}${}.{:02}", cents / 100, cents % 100)
}
