/** Thrown where the engine webgpu was asked for and is not to be had; the message says why and what can be done. */
export class WebgpuUnavailable extends Error {
  override readonly name = "WebgpuUnavailable";
}
