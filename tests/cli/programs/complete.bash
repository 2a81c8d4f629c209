# What bash offers for the last of the words that are given.
. ./unslow.bash
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_unslow unslow "${*: -1}" "${*: -2:1}"
printf '%s\n' "${COMPREPLY[@]}"
