import type { LocalisationColumns } from "../../analysis/optional-columns.js";
import { columnsOf, type Definition, NUMBER, SHARE } from "./column.js";

const SOURCE = "[MM21] section 3.3; eigenscope (scaled to end at 1)";
const PARTS = {
  bulk: "in the bulk (above zero and within the Tracy-Widom edge)",
  spike: "beyond the Tracy-Widom edge; null if there is none",
} as const;

function entropy(part: keyof typeof PARTS): Definition {
  const where = PARTS[part];
  return {
    definition: `Mean entropy of the eigenvectors of W'W ${where}: 1 if spread evenly over all components, in [0, 1].`,
    formula: "-sum v^2 ln v^2/ln M",
    range: SHARE,
    source: SOURCE,
  };
}

function localisationRatio(part: keyof typeof PARTS): Definition {
  return {
    definition:
      `Mean localisation ratio of the eigenvectors of W'W ${PARTS[part]}: 1 if spread evenly, 1/M for a single ` +
      "component.",
    formula: "|v|_1/(M |v|_inf)",
    range: "1/M to 1",
    values: NUMBER,
    source: SOURCE,
  };
}

function participationRatio(part: keyof typeof PARTS): Definition {
  return {
    definition:
      `Mean participation ratio of the eigenvectors of W'W ${PARTS[part]}: near 1/3 for a random vector, 1/M ` +
      "for a single component.",
    formula: "1/(M sum v^4)",
    range: "1/M to 1",
    values: NUMBER,
    source: SOURCE,
  };
}

/** How far the eigenvectors are spread over the components: present with `--vectors`. */
export const LOCALISATION = columnsOf<keyof LocalisationColumns>({
  bulk_vector_entropy: entropy("bulk"),
  spike_vector_entropy: entropy("spike"),
  bulk_localisation_ratio: localisationRatio("bulk"),
  spike_localisation_ratio: localisationRatio("spike"),
  bulk_participation_ratio: participationRatio("bulk"),
  spike_participation_ratio: participationRatio("spike"),
  porter_thomas_rejected: {
    definition:
      "Share of the eigenvectors in the bulk whose components do not follow the Porter-Thomas law at the 5 % " +
      "level: near 0.05 for a random bulk. null if M < 20.",
    formula: "share of D (sqrt M + 0.2) > 1.165, D the Kolmogorov-Smirnov distance of sqrt(M) |v_i| to |normal|",
    range: SHARE,
    source: "[PT56]; [TSR22]; eigenscope (five-per-cent point)",
  },
});
