/** Thrown if the engine webgpu was requested but is not available; the message says why and what to do. */
export class WebgpuUnavailable extends Error {
  override readonly name = "WebgpuUnavailable";
}
