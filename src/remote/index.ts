export { isRemoteAddress, remoteAddress, shownAddress } from "./address.js";
export { limitedHost, type RequestLimits } from "./host-limits.js";
export { httpSource } from "./http-source.js";
export { endpointOf, type HubAccess, type HubCommit, hubCommit, hubFiles, hubOpener, PUBLIC_HUB } from "./hub-files.js";
export { atRevision, DEFAULT_REVISION, type HubName, parseHubAddress, parseHubName, shownHubName } from "./hub-name.js";
export type { RemoteHost } from "./remote-host.js";
export type { SiteOptions } from "./request.js";
export { urlFiles } from "./url-files.js";
export { usualFile } from "./usual-files.js";
