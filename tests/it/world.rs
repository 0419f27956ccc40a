//! The world of the tests: engines, containers, proxies, the tool, and Sinch on the other side.

pub(crate) mod browser;
pub(crate) mod cloudformation;
pub(crate) mod container;
pub(crate) mod documented;
pub(crate) mod emf;
pub(crate) mod engine;
pub(crate) mod gate_process;
pub(crate) mod json_shapes;
pub(crate) mod night;
pub(crate) mod payloads;
pub(crate) mod proxy;
pub(crate) mod quota_expression;
pub(crate) mod quota_table;
pub(crate) mod sample;
pub(crate) mod sinch;
pub(crate) mod stand_in;
pub(crate) mod svg;
pub(crate) mod tool;
