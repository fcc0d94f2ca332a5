#!/bin/bash
source ./lib.sh
source ./generations.sh
check "the store is lost"
mv $state $state.elsewhere
