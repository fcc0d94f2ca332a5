#!/bin/bash
source ./lib.sh
ip link set lo up
check "locked in, with what $(uname -r) has"
run ./sandbox_test --gtest_brief=1
check "the same without Landlock"
run ./without_landlock ./sandbox_test --gtest_brief=1
