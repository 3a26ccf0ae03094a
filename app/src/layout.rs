//! Where each step of a plan stands: columns are waves, order within a column keeps lines from crossing
//! (Sugiyama's method, by `rust-sugiyama`).

use std::collections::{BTreeSet, HashMap};

use rust_sugiyama::configure::{Config, CrossingMinimization, RankingType};

use crate::{GraphLayout, PlacedColumn, PlacedEdge, PlacedNode, StepView};

/// More steps than this are drawn on one line each.
const MANY: usize = 24;
const MARGIN: u32 = 16;
/// Room for the times above the columns.
const HEAD: u32 = 28;
/// A long line keeps this much room to itself in each column that it crosses.
const LANE: f64 = 4.0;
/// Between two columns: the least, what each line from one to the next adds, and the most.
const GAP: (u32, u32, u32) = (28, 2, 44);

/// How large things are drawn.
#[derive(Clone, Copy)]
struct Scale {
    width: u32,
    height: u32,
    row_gap: f64,
}

impl Scale {
    fn of(dense: bool) -> Self {
        let (width, height) = GraphLayout::size(dense);
        Self { width, height, row_gap: if dense { 9.0 } else { 18.0 } }
    }

    fn of_spot(self, spot: Spot) -> f64 {
        match spot {
            Spot::Step => f64::from(self.height),
            Spot::Lane => LANE,
        }
    }
}

/// A place in a column: a step, or where a long line passes.
#[derive(Clone, Copy)]
enum Spot {
    Step,
    Lane,
}

impl GraphLayout {
    /// Lays out the steps of a plan.
    pub fn of(steps: &[StepView]) -> Self {
        if steps.is_empty() {
            return Self::default();
        }
        let edges = direct_edges(steps);
        let mut spots: Vec<(Spot, u32)> = steps.iter().map(|step| (Spot::Step, step.wave)).collect();
        let mut links: Vec<(u32, u32)> = Vec::new();
        let mut chains: Vec<Vec<usize>> = Vec::new();
        for &(from, to) in &edges {
            let mut chain = vec![from];
            for wave in steps[from].wave + 1..steps[to].wave {
                spots.push((Spot::Lane, wave));
                chain.push(spots.len() - 1);
            }
            chain.push(to);
            links.extend(chain.windows(2).map(|pair| (pair[0] as u32, pair[1] as u32)));
            chains.push(chain);
        }

        let dense = steps.len() > MANY;
        let scale = Scale::of(dense);
        let centres = centres(scale, &spots, &links);
        let lefts = lefts(scale, &spots, &links);
        let nodes: Vec<PlacedNode> = steps
            .iter()
            .zip(&centres)
            .map(|(step, centre)| PlacedNode {
                x: lefts[step.wave as usize],
                y: (centre - f64::from(scale.height) / 2.0).round() as u32,
            })
            .collect();
        let bottom = centres
            .iter()
            .zip(&spots)
            .map(|(centre, (spot, _))| centre + scale.of_spot(*spot) / 2.0)
            .fold(0.0, f64::max);
        let edges = chains
            .iter()
            .map(|chain| {
                let (from, to) = (chain[0], chain[chain.len() - 1]);
                PlacedEdge {
                    from,
                    to,
                    path: path(scale, chain, &spots, &centres, &lefts),
                    critical: steps[from].critical && steps[to].critical,
                }
            })
            .collect();
        let columns = lefts.iter().enumerate().map(|(wave, x)| PlacedColumn {
            x: *x,
            after_seconds: steps
                .iter()
                .filter(|step| step.wave as usize == wave)
                .map(|step| step.starts_seconds)
                .min()
                .unwrap_or(0),
        });
        Self {
            width: lefts.last().map_or(0, |left| left + scale.width + MARGIN),
            height: bottom.round() as u32 + MARGIN,
            nodes,
            edges,
            columns: columns.collect(),
            dense,
        }
    }
}

/// Left edge of each column. Where many lines go from one to the next there is more room for them.
fn lefts(scale: Scale, spots: &[(Spot, u32)], links: &[(u32, u32)]) -> Vec<u32> {
    let (least, each, most) = GAP;
    let last = spots.iter().map(|(_, wave)| *wave).max().unwrap_or(0);
    let mut left = MARGIN;
    (0..=last)
        .map(|wave| {
            let here = left;
            let lines = links.iter().filter(|(from, _)| spots[*from as usize].1 == wave).count();
            left += scale.width + (least + each * u32::try_from(lines).unwrap_or(most)).min(most);
            here
        })
        .collect()
}

/// Needs that no other need implies: the lines worth drawing.
fn direct_edges(steps: &[StepView]) -> Vec<(usize, usize)> {
    let index: HashMap<&str, usize> = steps.iter().enumerate().map(|(at, step)| (step.id.as_str(), at)).collect();
    let needs: Vec<BTreeSet<usize>> = steps
        .iter()
        .map(|step| {
            step.needs
                .iter()
                .filter_map(|need| index.get(need.as_str()).copied())
                .filter(|&need| steps[need].wave < step.wave)
                .collect()
        })
        .collect();
    // By wave, so that what a step reaches is known before it is asked for.
    let mut order: Vec<usize> = (0..steps.len()).collect();
    order.sort_by_key(|&at| steps[at].wave);
    let mut reach: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); steps.len()];
    for at in order {
        let mut all = needs[at].clone();
        for &need in &needs[at] {
            all.extend(reach[need].iter().copied());
        }
        reach[at] = all;
    }
    let mut edges = Vec::new();
    for (to, direct) in needs.iter().enumerate() {
        for &from in direct {
            let implied = direct.iter().any(|&other| other != from && reach[other].contains(&from));
            if !implied {
                edges.push((from, to));
            }
        }
    }
    edges
}

/// Vertical centre of each spot. Parts of the graph that no line joins stand below each other.
fn centres(scale: Scale, spots: &[(Spot, u32)], links: &[(u32, u32)]) -> Vec<f64> {
    let mut graph = petgraph_of(spots.len(), links);
    let mut lone: Vec<usize> = Vec::new();
    let linked: BTreeSet<usize> = links.iter().flat_map(|&(from, to)| [from as usize, to as usize]).collect();
    for at in 0..spots.len() {
        if !linked.contains(&at) {
            lone.push(at);
            graph.remove_node((at as u32).into());
        }
    }
    let config = Config {
        minimum_length: 1,
        vertex_spacing: scale.row_gap,
        dummy_vertices: false,
        ranking_type: RankingType::Up,
        c_minimization: CrossingMinimization::Barycenter,
        transpose: spots.len() < 160,
        ..Config::default()
    };
    // The library draws downwards; its horizontal axis is our vertical one.
    let layouts = if linked.is_empty() {
        Vec::new()
    } else {
        rust_sugiyama::from_graph(&graph, &|at, _: &()| (scale.of_spot(spots[at.index()].0), 1.0), &config)
    };

    let mut centres = vec![0.0; spots.len()];
    let mut top = f64::from(MARGIN + HEAD);
    let mut layouts: Vec<Vec<(usize, f64)>> = layouts
        .into_iter()
        .map(|(places, _, _)| places.into_iter().map(|(at, (across, _))| (at.index(), across)).collect())
        .collect();
    layouts.sort_by_key(|places| std::cmp::Reverse(places.len()));
    for places in layouts {
        let column: HashMap<u32, Vec<(usize, f64)>> =
            places.iter().fold(HashMap::new(), |mut columns, &(at, across)| {
                columns.entry(spots[at].1).or_insert_with(Vec::new).push((at, across));
                columns
            });
        let settled = without_overlap(scale, spots, column);
        let lowest =
            settled.iter().map(|&(at, centre)| centre - scale.of_spot(spots[at].0) / 2.0).fold(f64::MAX, f64::min);
        let mut bottom = top;
        for (at, centre) in settled {
            centres[at] = centre - lowest + top;
            bottom = f64::max(bottom, centres[at] + scale.of_spot(spots[at].0) / 2.0);
        }
        top = bottom + scale.row_gap;
    }
    // Steps without any line: one row after the other, each in its own column.
    let mut fill: HashMap<u32, f64> = HashMap::new();
    for at in lone {
        let (spot, wave) = spots[at];
        let next = fill.entry(wave).or_insert(top);
        centres[at] = *next + scale.of_spot(spot) / 2.0;
        *next += scale.of_spot(spot) + scale.row_gap;
    }
    centres
}

/// Keeps the order that the library found and pushes apart what it put too close.
fn without_overlap(scale: Scale, spots: &[(Spot, u32)], columns: HashMap<u32, Vec<(usize, f64)>>) -> Vec<(usize, f64)> {
    let mut settled = Vec::new();
    for (_, mut column) in columns {
        column.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        let mut free = f64::MIN;
        for (at, centre) in column {
            let half = scale.of_spot(spots[at].0) / 2.0;
            let centre = f64::max(centre, free + half);
            free = centre + half + scale.row_gap;
            settled.push((at, centre));
        }
    }
    settled
}

fn petgraph_of(count: usize, links: &[(u32, u32)]) -> petgraph::stable_graph::StableDiGraph<(), ()> {
    let mut graph = petgraph::stable_graph::StableDiGraph::new();
    for _ in 0..count {
        graph.add_node(());
    }
    for &(from, to) in links {
        graph.add_edge(from.into(), to.into(), ());
    }
    graph
}

/// A line that leaves to the right, bends only between columns, and comes in from the left.
fn path(scale: Scale, chain: &[usize], spots: &[(Spot, u32)], centres: &[f64], lefts: &[u32]) -> String {
    use std::fmt::Write as _;
    let mut data = String::new();
    for (step, pair) in chain.windows(2).enumerate() {
        let (from, to) = (pair[0], pair[1]);
        let x1 = lefts[spots[from].1 as usize] + scale.width;
        let x2 = lefts[spots[to].1 as usize];
        let (y1, y2) = (centres[from].round(), centres[to].round());
        if step == 0 {
            let _ = write!(data, "M{x1} {y1}");
        }
        let middle = (x1 + x2) / 2;
        let _ = write!(data, "C{middle} {y1} {middle} {y2} {x2} {y2}");
        if step + 2 < chain.len() {
            let _ = write!(data, "H{}", x2 + scale.width);
        }
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(id: &str, wave: u32, needs: &[&str]) -> StepView {
        StepView {
            id: id.into(),
            wave,
            needs: needs.iter().map(|need| (*need).into()).collect(),
            ..StepView::default()
        }
    }

    #[test]
    fn a_need_implied_by_another_is_not_drawn() {
        let steps = [step("role", 0, &[]), step("task", 1, &["role"]), step("service", 2, &["task", "role"])];
        let drawn: Vec<_> = GraphLayout::of(&steps).edges.iter().map(|edge| (edge.from, edge.to)).collect();
        assert_eq!(drawn, [(0, 1), (1, 2)]);
    }

    #[test]
    fn steps_of_one_wave_share_a_column_and_never_overlap() {
        let mut steps = vec![step("root", 0, &[])];
        for at in 0..20 {
            steps.push(step(&format!("a{at}"), 1, &["root"]));
        }
        for at in 0..20 {
            steps.push(step(&format!("b{at}"), 2, &[&format!("a{at}"), &format!("a{}", (at * 7) % 20)]));
        }
        steps.push(step("alone", 0, &[]));
        let layout = GraphLayout::of(&steps);
        for (at, one) in layout.nodes.iter().enumerate() {
            assert_eq!(one.x, layout.columns[steps[at].wave as usize].x);
            assert!(one.y + layout.node_height() <= layout.height);
            for other in &layout.nodes[at + 1..] {
                assert!(
                    one.x != other.x || one.y.abs_diff(other.y) >= layout.node_height(),
                    "{one:?} overlaps {other:?}"
                );
            }
        }
    }

    #[test]
    fn a_column_says_when_its_first_step_can_start() {
        let timed = |step: StepView, starts_seconds| StepView { starts_seconds, ..step };
        let steps = [
            timed(step("role", 0, &[]), 0),
            timed(step("balancer", 0, &[]), 0),
            timed(step("task", 1, &["role"]), 12),
            timed(step("listener", 1, &["balancer"]), 1),
            timed(step("service", 2, &["task", "listener"]), 15),
        ];
        let layout = GraphLayout::of(&steps);
        assert_eq!(layout.columns.iter().map(|column| column.after_seconds).collect::<Vec<_>>(), [0, 1, 15]);
        assert!(!layout.dense);
    }

    #[test]
    fn the_same_plan_is_drawn_the_same_way() {
        let steps: Vec<_> = (0..30)
            .map(|at: u32| {
                let need = format!("s{}", at.saturating_sub(3));
                step(
                    &format!("s{at}"),
                    at / 3,
                    if at < 3 { &[] } else { std::slice::from_ref(&need) }
                        .iter()
                        .map(String::as_str)
                        .collect::<Vec<_>>()
                        .as_slice(),
                )
            })
            .collect();
        assert_eq!(GraphLayout::of(&steps), GraphLayout::of(&steps));
    }
}
