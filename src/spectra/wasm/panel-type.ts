/** Numbers of which a panel is made, and sums over it: f64, or f32, whose sums join the Gram matrix as f64. */
export type PanelType = "F32" | "F64";
