/** Number type of a panel and of sums over it: f64, or f32, whose sums are added to the Gram matrix as f64. */
export type PanelType = "F32" | "F64";
