//! The port's verbs for one account and region, handed to the kind.

use async_trait::async_trait;
use domain::{
    kinds::{
        EcsCluster, EcsService, IamRole, Kind, Listener, ListenerRule, LoadBalancer, LogGroup, ScalableTarget,
        ScalingPolicy, SecurityGroup, SsmParameter, TargetGroup, TaskDefinition,
    },
    observation::{Lookup, Observed, Outputs},
};
use provisioner::cloud::{Answer, Cloud, CloudError, Inventory, InventoryItem, Progress, Target};
use serde_json::Value as Json;

use crate::{
    inventory, kinds,
    session::{Clients, Session},
};

/// One account and region.
#[derive(Debug)]
pub struct AwsCloud {
    clients: Clients,
}

impl AwsCloud {
    pub(crate) fn new(clients: Clients) -> Self {
        Self { clients }
    }
}

/// Calls `$verb` with the spec type of the kind.
macro_rules! by_kind {
    ($kind:expr, $verb:ident($($argument:expr),*)) => {
        match $kind {
            Kind::EcsCluster => kinds::$verb::<EcsCluster>($($argument),*).await,
            Kind::SecurityGroup => kinds::$verb::<SecurityGroup>($($argument),*).await,
            Kind::LoadBalancer => kinds::$verb::<LoadBalancer>($($argument),*).await,
            Kind::TargetGroup => kinds::$verb::<TargetGroup>($($argument),*).await,
            Kind::Listener => kinds::$verb::<Listener>($($argument),*).await,
            Kind::ListenerRule => kinds::$verb::<ListenerRule>($($argument),*).await,
            Kind::IamRole => kinds::$verb::<IamRole>($($argument),*).await,
            Kind::LogGroup => kinds::$verb::<LogGroup>($($argument),*).await,
            Kind::SsmParameter => kinds::$verb::<SsmParameter>($($argument),*).await,
            Kind::TaskDefinition => kinds::$verb::<TaskDefinition>($($argument),*).await,
            Kind::EcsService => kinds::$verb::<EcsService>($($argument),*).await,
            Kind::ScalableTarget => kinds::$verb::<ScalableTarget>($($argument),*).await,
            Kind::ScalingPolicy => kinds::$verb::<ScalingPolicy>($($argument),*).await,
        }
    };
}

#[async_trait]
impl Cloud for AwsCloud {
    async fn observe(&self, lookup: &Lookup) -> Result<Observed, CloudError> {
        let session = Session::new(&self.clients);
        by_kind!(lookup.kind, observe(&session, lookup))
    }

    async fn create(&self, target: &Target, spec: &Json) -> Answer<Outputs> {
        let session = Session::new(&self.clients);
        let result = by_kind!(target.kind(), create(&session, target, spec));
        session.answer(result)
    }

    // What stands in AWS is brought to `after`, whatever it was: that is repeatable, and a lost reply does no harm.
    async fn update(&self, target: &Target, _before: &Json, after: &Json) -> Answer<Outputs> {
        let session = Session::new(&self.clients);
        let result = by_kind!(target.kind(), update(&session, target, after));
        session.answer(result)
    }

    async fn ready(&self, target: &Target, spec: &Json) -> Result<Progress, CloudError> {
        let session = Session::new(&self.clients);
        by_kind!(target.kind(), ready(&session, target, spec))
    }

    async fn delete(&self, target: &Target) -> Answer<()> {
        let session = Session::new(&self.clients);
        let result = by_kind!(target.kind(), delete(&session, target));
        session.answer(result)
    }

    async fn gone(&self, target: &Target) -> Result<Progress, CloudError> {
        let session = Session::new(&self.clients);
        by_kind!(target.kind(), gone(&session, target))
    }

    async fn inventory(&self, what: Inventory, parent: Option<&str>) -> Result<Vec<InventoryItem>, CloudError> {
        inventory::list(&Session::new(&self.clients), what, parent).await
    }
}
