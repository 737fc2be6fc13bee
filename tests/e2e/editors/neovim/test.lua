-- Runs inside a headless Neovim, on copies of the samples: a diagnostic and its fix, hover, rename of a
-- stage, a tag completed inside a string.
local binary = assert(os.getenv('AMLENV'))
local editors = assert(os.getenv('AMLENV_NEOVIM'))
local folder = assert(os.getenv('AMLENV_FOLDER'))

local function finish(message)
  io.stdout:write('\n' .. message .. '\n')
  vim.cmd(message:match('^ok') and 'qall!' or 'cquit!')
end

local function until_it(what, condition)
  assert(vim.wait(20000, condition, 20), 'waited in vain for ' .. what)
end

local function main()
  vim.o.showmode = false
  vim.opt.runtimepath:append(editors)
  vim.cmd('filetype on')
  if vim.lsp.enable then
    vim.lsp.config('amlenv', { cmd = { binary, 'server' } })
    vim.lsp.enable('amlenv')
  else
    vim.g.amlenv_cmd = { binary, 'server' }
    vim.cmd('runtime plugin/amlenv.lua')
  end
  vim.cmd.edit(folder .. '/Dockerfile')
  local buffer = vim.api.nvim_get_current_buf()
  assert(vim.bo[buffer].filetype == 'dockerfile', 'filetype ' .. vim.bo[buffer].filetype)
  local found
  assert(vim.wait(20000, function()
    found = vim.diagnostic.get(buffer)
    return #found > 0
  end, 20), 'no diagnostic')
  assert(#found == 1, vim.inspect(found))
  assert(found[1].source == 'amlenv' and found[1].code == 'AML304', vim.inspect(found))
  vim.api.nvim_win_set_cursor(0, { found[1].lnum + 1, found[1].col })
  vim.lsp.buf.code_action({
    apply = true,
    filter = function(action)
      return action.isPreferred
    end,
    context = { only = { 'quickfix' }, diagnostics = {} },
  })
  local wanted = 'FROM mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20260715.v1'
  assert(vim.wait(20000, function()
    return vim.api.nvim_buf_get_lines(buffer, 0, 1, false)[1] == wanted
  end, 20), 'the fix was not applied: ' .. vim.api.nvim_buf_get_lines(buffer, 0, 1, false)[1])
  assert(vim.wait(20000, function()
    return #vim.diagnostic.get(buffer) == 0
  end, 20), 'the diagnostic stays')

  vim.cmd.edit({ folder .. '/samples/kaldi/Dockerfile', bang = true })
  until_it('a server', function()
    return #vim.lsp.get_clients({ bufnr = 0 }) > 0
  end)
  vim.fn.search('azureml/openmpi')
  vim.lsp.buf.hover()
  until_it('the hover', function()
    for _, window in ipairs(vim.api.nvim_list_wins()) do
      local shown = vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false)
      if vim.api.nvim_win_get_config(window).relative ~= '' and table.concat(shown, ' '):find('Newest known tag') then
        return vim.api.nvim_win_close(window, true) or true
      end
    end
  end)
  vim.fn.search('AS build')
  vim.cmd('normal! w')
  vim.lsp.buf.rename('compile')
  until_it('the new name', function()
    local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
    return text:find('AS compile\n', 1, true) and text:find('\nCOPY --from=compile /opt/kaldi', 1, true)
  end)

  vim.cmd.edit({ folder .. '/samples/v1-dockerfile-text/pipeline.py', bang = true })
  until_it('a server', function()
    return #vim.lsp.get_clients({ bufnr = 0 }) > 0
  end)
  local line = vim.fn.search('base_dockerfile = r')
  vim.fn.append(line, 'FROM mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:')
  vim.api.nvim_win_set_cursor(0, { line + 1, 0 })
  -- Insert mode lasts until a timer sees the proposals.
  local proposed
  local timer = vim.uv and vim.uv.new_timer() or vim.loop.new_timer()
  local tries = 0
  timer:start(50, 50, vim.schedule_wrap(function()
    tries = tries + 1
    for _, item in ipairs(vim.fn.complete_info({ 'items' }).items) do
      proposed = proposed or item.word:match('20260715%.v1')
    end
    if proposed or tries > 300 then
      timer:stop()
      vim.api.nvim_feedkeys(vim.keycode and vim.keycode('<Esc>') or '\27', 'n', false)
    end
  end))
  vim.bo.omnifunc = 'v:lua.vim.lsp.omnifunc'
  vim.api.nvim_feedkeys(vim.api.nvim_replace_termcodes('A<C-x><C-o>', true, false, true), 'tx!', false)
  assert(proposed, 'no tag proposed')
end

local fine, message = pcall(main)
finish(fine and 'ok' or ('failed: ' .. tostring(message)))
