package infra

import (
	"slices"
	"strings"
	"testing"

	"sshsieve/internal/emf"
)

// awsMetrics are the metrics of AWS that the stack looks at, each with the only
// dimension by which it is asked for. Sources: Lambda Developer Guide, "Types of
// metrics for Lambda functions"; DynamoDB Developer Guide, "DynamoDB metrics and
// dimensions"; SNS Developer Guide, "Monitoring Amazon SNS topics"; CloudWatch
// Logs User Guide, "Monitoring with CloudWatch metrics".
var awsMetrics = map[string]string{
	"AWS/Lambda Invocations": "FunctionName", "AWS/Lambda Errors": "FunctionName", "AWS/Lambda Throttles": "FunctionName",
	"AWS/Lambda Duration": "FunctionName", "AWS/Lambda IteratorAge": "FunctionName", "AWS/Lambda AsyncEventAge": "FunctionName",
	"AWS/Lambda AsyncEventsDropped": "FunctionName", "AWS/Lambda DestinationDeliveryFailures": "FunctionName",
	"AWS/DynamoDB WriteThrottleEvents": "TableName", "AWS/DynamoDB ConsumedWriteCapacityUnits": "TableName",
	"AWS/DynamoDB ConsumedReadCapacityUnits": "TableName",
	"AWS/SNS NumberOfNotificationsFailed":    "TopicName",
	"AWS/Logs IncomingBytes":                 "LogGroupName",
}

// of is what a dimension's value has to be: a thing of this stack.
var of = map[string][]string{
	"FunctionName": {"${ClassifyFunction}", "${TickFunction}"}, "TableName": {"${Table}"},
	"TopicName": {"${NoticesTopic.TopicName}"}, "LogGroupName": {"${ClassifyLogGroup}"},
}

// checkMetric: somebody writes it, with this dimension.
func (s *stack) checkMetric(where, namespace, name, dimension, value string) {
	s.t.Helper()
	switch {
	case namespace == emf.Namespace:
		if !slices.Contains(emf.TickNames(), name) || dimension != emf.TickDimension || value != "${TickFunction}" {
			s.t.Errorf("%s: %s of %s %s is not written", where, name, dimension, value)
		}
	case s.filtered(namespace, name):
		if dimension != "" {
			s.t.Errorf("%s: %s has no dimension", where, name)
		}
	case awsMetrics[namespace+" "+name] != dimension || !slices.Contains(of[dimension], value):
		s.t.Errorf("%s: AWS has no %s %s of %s %s", where, namespace, name, dimension, value)
	}
}

// filtered says whether a metric filter makes it.
func (s *stack) filtered(namespace, name string) bool {
	for _, f := range s.ofType("AWS::Logs::MetricFilter") {
		m := at(f, "MetricTransformations", 0)
		if at(m, "MetricNamespace") == namespace && at(m, "MetricName") == name {
			return true
		}
	}
	return false
}

// TestMetricFilters: they look for what the functions write.
func TestMetricFilters(t *testing.T) {
	s := stackOf(t, "one")
	for _, tt := range []struct {
		filter, group string
		names         []string
	}{
		{"RefusedByClassify", "${ClassifyLogGroup}", emf.Names()},
		{"RefusedByTick", "${TickLogGroup}", emf.TickNames()},
	} {
		p := properties(s.present[tt.filter])
		selector, _ := at(p, "MetricTransformations", 0, "MetricValue").(string)
		if p["LogGroupName"] != tt.group || p["FilterPattern"] != "{ "+selector+" > 0 }" {
			t.Errorf("%s: %v", tt.filter, p)
		}
		if name := strings.TrimPrefix(selector, "$."); !slices.Contains(tt.names, name) {
			t.Errorf("%s: no line has %q", tt.filter, name)
		}
	}
}

// TestAlarms: each stands on a metric that is written, goes to whoever runs
// this, and says what to do.
func TestAlarms(t *testing.T) {
	s := stackOf(t, "one", toggles...)
	for name, a := range s.ofType("AWS::CloudWatch::Alarm") {
		s.checkAlarmMetric(name, a)
		if !same(a["AlarmActions"], []any{"${OperationsTopic}"}) {
			t.Errorf("%s goes to %v", name, a["AlarmActions"])
		}
		text, _ := a["AlarmDescription"].(string)
		// 1,024 characters: CloudWatch API Reference, PutMetricAlarm.
		if n := strings.Count(text+" ", ". "); n < 2 || n > 5 || len(text) > 1024 {
			t.Errorf("%s says in %d sentences: %s", name, n, text)
		}
		if a["TreatMissingData"] == nil || a["AlarmName"] != nil {
			t.Errorf("%s: missing data %v, name %v", name, a["TreatMissingData"], a["AlarmName"])
		}
	}
}

func (s *stack) checkAlarmMetric(name string, a document) {
	s.t.Helper()
	for _, m := range alarmMetrics(a) {
		dimension, _ := at(m, "Dimensions", 0, "Name").(string)
		value, _ := at(m, "Dimensions", 0, "Value").(string)
		s.checkMetric(name, s.text(m["Namespace"]), s.text(m["MetricName"]), dimension, value)
	}
}

// alarmMetrics are what an alarm looks at, and is billed by.
func alarmMetrics(a document) []document {
	list, ok := a["Metrics"].([]any)
	if !ok {
		return []document{a}
	}
	var metrics []document
	for _, m := range list {
		if stat, ok := at(m, "MetricStat", "Metric").(document); ok {
			metrics = append(metrics, stat)
		}
	}
	return metrics
}

// TestAlarmsAreTen: more are not read.
func TestAlarmsAreTen(t *testing.T) {
	if alarms := stackOf(t, "one").ofType("AWS::CloudWatch::Alarm"); len(alarms) != 10 {
		t.Errorf("%d alarms", len(alarms))
	}
}

// TestSilenceIsBreaching: where nothing runs, nothing says so.
func TestSilenceIsBreaching(t *testing.T) {
	want := []string{"SilenceAlarm", "TickAlarm"}
	for name, a := range stackOf(t, "one").ofType("AWS::CloudWatch::Alarm") {
		if breaching := a["TreatMissingData"] == "breaching"; breaching != slices.Contains(want, name) {
			t.Errorf("%s: missing data is %v", name, a["TreatMissingData"])
		}
	}
}

// TestSilenceHours: each hour is an evaluation period, of which CloudWatch takes
// seven days (PutMetricAlarm, EvaluationPeriods).
func TestSilenceHours(t *testing.T) {
	a := properties(stackOf(t, "one", toggle{parameters: map[string]string{"SilenceHours": "3"}}).present["SilenceAlarm"])
	if a["EvaluationPeriods"] != "3" || a["Period"] != 3600.0 {
		t.Errorf("%v periods of %v s", a["EvaluationPeriods"], a["Period"])
	}
	if most := parameters(t)["SilenceHours"]["MaxValue"]; most != 7*24.0 {
		t.Errorf("it may be up to %v", most)
	}
}
