"""Expands a SAM template for many sets of parameters, without AWS.

Standard input is a list of objects of parameters, name to value; standard
output has {"source": the template as written, "expanded": [one for each set]}.
The functions' code is taken to be uploaded, as `sam package` leaves it.
"""

import copy
import json
import sys

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse


def packaged(template):
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/key"
    return template


def expand(template, parameters):
    # The translator writes into what it is given.
    return Translator({}, Parser()).translate(packaged(copy.deepcopy(template)), parameters)


def main(path):
    with open(path, encoding="utf-8") as f:
        source = yaml_parse(f.read())
    sets = json.load(sys.stdin)
    json.dump({"source": source, "expanded": [expand(source, s) for s in sets]}, sys.stdout)


main(sys.argv[1])
