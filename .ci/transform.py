#!/usr/bin/env python3
"""Prints what SAM makes of template.yaml, as JSON: the CloudFormation template that AWS would be given.

It runs offline, with the translator that comes with sam (.ci/tools/sam).
"""

import json
import pathlib

from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

template = yaml_parse((pathlib.Path(__file__).resolve().parent.parent / "template.yaml").read_text())
for resource in template["Resources"].values():
    if resource["Type"] == "AWS::Serverless::Function":
        # Where `sam deploy` would put the code.
        resource["Properties"]["CodeUri"] = "s3://bucket/key"
print(json.dumps(Translator(managed_policy_map={}, sam_parser=Parser()).translate(template, parameter_values={}), indent=1))
