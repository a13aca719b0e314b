# Writes test/goldens/scipy/genpareto.json: quantiles of the generalised Pareto law, and maximum-likelihood shapes of its quantile points. Prints to stdout.
import json, scipy
from scipy import stats
import numpy as np
out={"source":f"scipy {scipy.__version__}, numpy {np.__version__}","laws":[],"fits":[]}
for c in (-0.5,0.0,0.5,1.0):
    ps=[0.01,0.1,0.25,0.5,0.75,0.9,0.99]
    out["laws"].append({"shape":c,"p":ps,"quantile":[float(v) for v in stats.genpareto.ppf(ps,c)],"survival":[float(v) for v in stats.genpareto.sf(stats.genpareto.ppf(ps,c),c)]})
    n=400
    x=stats.genpareto.ppf((np.arange(n)+0.5)/n,c)
    s,loc,scale=stats.genpareto.fit(x,floc=0)
    out["fits"].append({"shape":c,"n":n,"mleShape":float(s),"mleScale":float(scale)})
print(json.dumps(out,indent=1))
