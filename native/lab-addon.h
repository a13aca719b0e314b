/* What addon.c takes of lab-addon.c. */
#ifndef LAB_ADDON_H
#define LAB_ADDON_H

#include <node_api.h>

/* Adds `openLab` to the exports of the addon. */
void export_lab(napi_env env, napi_value exports);

#endif
