//! Parts of pages, one per file. They show what they are given; none of them fetches anything.

mod avatar;
mod banner;
mod changes_table;
mod choice_button;
mod copy_text;
mod cost_table;
mod crane_mark;
mod csrf_field;
mod empty_state;
mod hand_over;
mod icon;
mod left_in_aws;
mod live_note;
mod message;
mod mini_plan;
mod object_id;
mod page_header;
mod plan_figure;
mod status_badge;
mod step_list;
mod tabs;
mod when;

pub use avatar::Avatar;
pub use banner::{Banner, BannerTone};
pub use changes_table::ChangesTable;
pub use choice_button::ChoiceButton;
pub use copy_text::CopyText;
pub use cost_table::CostTable;
pub use crane_mark::CraneMark;
pub use csrf_field::CsrfField;
pub use empty_state::EmptyState;
pub use hand_over::HandOver;
pub use icon::{GlyphIcon, Icon, IconName};
pub use left_in_aws::LeftInAws;
pub use live_note::{LiveNote, Note};
pub use message::{Message, Span, spans};
pub use mini_plan::{MiniPlan, MiniStep};
pub use object_id::ObjectId;
pub use page_header::PageHeader;
pub use plan_figure::PlanFigure;
pub use status_badge::{StatusBadge, StatusIcon};
pub use step_list::StepList;
pub use tabs::{Tab, Tabs};
pub use when::When;

#[cfg(feature = "ssr")]
mod activity_list;
#[cfg(feature = "ssr")]
mod danger_zone;
#[cfg(feature = "ssr")]
mod error_summary;
#[cfg(feature = "ssr")]
mod form_field;
#[cfg(feature = "ssr")]
mod pager;
#[cfg(feature = "ssr")]
mod request_table;
#[cfg(feature = "ssr")]
mod settings_form;
#[cfg(feature = "ssr")]
mod stack_table;
#[cfg(feature = "ssr")]
mod table;

#[cfg(feature = "ssr")]
pub use activity_list::ActivityList;
#[cfg(feature = "ssr")]
pub use danger_zone::{Danger, DangerZone};
#[cfg(feature = "ssr")]
pub use error_summary::{ErrorSummary, field_of};
#[cfg(feature = "ssr")]
pub use form_field::FormField;
#[cfg(feature = "ssr")]
pub use pager::{Pager, Pages, PastTheEnd};
#[cfg(feature = "ssr")]
pub use request_table::RequestTable;
#[cfg(feature = "ssr")]
pub use settings_form::SettingsForm;
#[cfg(feature = "ssr")]
pub use stack_table::StackTable;
#[cfg(feature = "ssr")]
pub use table::{Direction, Sort, Table};
